"""Rows found per class, and which classes share an illness."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.core.exam import Exam
from steelyard.diagnose.recalls import (
    hits_per_class,
    rare_classes,
    rate,
    struggling,
    whole,
)


def test_hits_are_averaged_over_the_seeds() -> None:
    target = np.array([0, 0, 0, 1, 1])
    predicted = np.array([[0, 0, 1, 1, 1], [0, 1, 1, 1, 0]])
    exam = Exam("table", ("a", "b"), target, proba=np.eye(2)[predicted])
    assert hits_per_class(exam).tolist() == [1.5, 1.5]
    assert whole(np.array([1.5, 1.49, 0.0])).tolist() == [2, 1, 0]


def test_rare_is_under_half_of_an_even_share_smallest_first() -> None:
    # An even share of 1000 rows over the four classes with rows is 250; half of it is 125.
    assert rare_classes(np.array([124, 725, 125, 0, 26])).tolist() == [4, 0]
    assert rare_classes(np.array([50, 50])).size == 0
    assert rare_classes(np.array([76, 24])).tolist() == [1]


def test_pooled_rate() -> None:
    hits, n = np.array([5.0, 1, 0]), np.array([10, 10, 0])
    assert rate(hits, n, np.array([0, 1])) == 0.3
    assert np.isnan(rate(hits, n, np.array([2])))


def test_a_class_is_named_by_the_nearer_of_two_rates() -> None:
    n = np.array([100, 20, 20, 20, 4])
    hits = np.array([95.0, 19, 3, 2, 0])
    assert struggling(hits, n, np.arange(1, 5), 0.95).tolist() == [2, 3, 4]
    # All as good as the healthy: nobody is named.
    assert struggling(n * 0.95, n, np.arange(1, 5), 0.95).size == 0
    # Better than the healthy: nobody either.
    assert struggling(n * 1.0, n, np.arange(1, 5), 0.7).size == 0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0, 1)), min_size=1, max_size=12),
    st.floats(0, 1),
)
def test_named_classes_are_candidates_with_a_lower_recall(
    classes: list[tuple[int, float]], healthy: float
) -> None:
    n = np.array([rows for rows, _ in classes])
    hits = np.floor(n * np.array([share for _, share in classes]))
    among = np.arange(n.size)[::-1]
    named = struggling(hits, n, among, healthy)
    assert set(named) <= set(among)
    assert all(n[k] > 0 for k in named)
    assert all(hits[k] / n[k] <= max(healthy, 1e-3) for k in named)
