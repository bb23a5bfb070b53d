"""Random over- and under-sampling: indices with the counts that were asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.kit.resampling import random_over_sample, random_under_sample

TARGETS = st.lists(st.integers(0, 4), min_size=1, max_size=60)
RATIOS = st.floats(0.05, 1)


@given(TARGETS, RATIOS, st.integers(0, 5))
def test_over_sampling_keeps_every_row_and_repeats_evenly(target, ratio, seed):
    labels = np.array(target)
    rows = random_over_sample(labels, seed, ratio=ratio)
    np.testing.assert_array_equal(rows[: labels.size], np.arange(labels.size))
    before, after = np.bincount(labels), np.bincount(labels[rows])
    present = before > 0
    assert (after[present] >= ratio * before.max() - 1e-6).all()
    assert (after[present] < np.maximum(before[present], ratio * before.max() + 1) + 1e-6).all()
    assert (after[~present] == 0).all()
    times = np.bincount(rows)
    for k in np.flatnonzero(present):
        assert np.ptp(times[labels == k]) <= 1


@given(TARGETS, RATIOS, st.integers(0, 5))
def test_under_sampling_takes_no_row_twice_and_no_rare_row_away(target, ratio, seed):
    labels = np.array(target)
    rows = random_under_sample(labels, seed, ratio=ratio)
    assert (np.diff(rows) > 0).all()
    before, after = np.bincount(labels), np.bincount(labels[rows], minlength=max(target) + 1)
    smallest = before[before > 0].min()
    expected = np.minimum(before, int(smallest / ratio + 1e-9))
    np.testing.assert_array_equal(after, expected)


@pytest.mark.parametrize("draw", [random_over_sample, random_under_sample])
def test_the_random_state_decides_alone(draw):
    labels = np.random.default_rng(0).integers(0, 3, 200) // 2
    np.testing.assert_array_equal(draw(labels, random_state=1), draw(labels, random_state=1))
    assert (draw(labels, random_state=1) != draw(labels, random_state=2)).any()


def test_every_row_of_a_large_class_has_the_same_chance_to_stay():
    labels = np.repeat([0, 1], [40, 10])
    kept = np.bincount(np.concatenate([random_under_sample(labels, s) for s in range(400)]))
    assert (kept[40:] == 400).all()
    # 400 draws of 10 in 40: 100 expected, standard deviation 8.7
    assert kept[:40].min() > 60
    assert kept[:40].max() < 140


@pytest.mark.parametrize("draw", [random_over_sample, random_under_sample])
@pytest.mark.parametrize(
    ("target", "ratio", "says"),
    [([0, 1], 0.0, "ratio"), ([0, 1], 1.5, "ratio"), ([], 1.0, "target"), (["a"], 1.0, "target")],
)
def test_bad_arguments_are_named(draw, target, ratio, says):
    with pytest.raises(ValueError, match=says):
        draw(target, 0, ratio=ratio)
