"""Negative and positive flips."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.kit import metrics


def test_by_hand():
    target = [0, 0, 0, 1, 1, 2]
    old = [0, 0, 1, 1, 0, 0]
    new = [0, 1, 0, 1, 2, 2]
    counted = metrics.flips(target, old, new)
    assert counted == metrics.Flips(negative=1, positive=2, both_right=2, both_wrong=1, n=6)
    assert counted.net == 1
    assert counted.negative_rate == pytest.approx(1 / 6)


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=50))
def test_the_four_cells_hold_all_rows_and_swap_with_the_models(rows):
    target, old, new = np.array(rows).T
    there, back = metrics.flips(target, old, new), metrics.flips(target, new, old)
    assert there.negative + there.positive + there.both_right + there.both_wrong == there.n
    assert (there.negative, there.positive) == (back.positive, back.negative)
    assert (there.both_right, there.both_wrong) == (back.both_right, back.both_wrong)
    gain = metrics.accuracy(target, new) - metrics.accuracy(target, old)
    assert there.net / there.n == pytest.approx(gain)
    assert metrics.flips(target, old, old).negative == 0


def test_shapes_are_checked():
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        metrics.flips([0, 1], [0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match="at least one row"):
        metrics.flips([], [], [])
