"""Wilson, Clopper-Pearson and MOVER: hand-computed, against scipy, properties, coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from steelyard.kit import intervals
from steelyard.kit.intervals import clopper_pearson, wilson

BOTH = pytest.mark.parametrize("interval", [wilson, clopper_pearson])
TAIL = np.array([200, 130, 84, 54, 35, 23, 15, 10, 6, 4])


@st.composite
def counts(draw):
    n = draw(st.integers(1, 5000))
    return draw(st.integers(0, n)), n


def test_wilson_by_hand():
    # z^2 = 3.8415; centre (3 + 1.9207) / 13.8415, half 1.96 sqrt(.3 .7 10 + .9604) / 13.8415
    estimate, low, high = wilson(3, 10)
    assert estimate == 0.3
    assert low == pytest.approx(0.3555 - 0.24769, abs=2e-4)
    assert high == pytest.approx(0.3555 + 0.24769, abs=2e-4)


def test_clopper_pearson_without_a_hit_is_the_root_of_its_tail():
    assert clopper_pearson(0, 10).high == pytest.approx(1 - 0.025 ** (1 / 10))
    assert clopper_pearson(10, 10).low == pytest.approx(0.025 ** (1 / 10))


@given(counts(), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_agree_with_scipy(count, confidence):
    hits, n = count
    for interval, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
        oracle = binomtest(hits, n).proportion_ci(confidence, method=method)
        ours = interval(hits, n, confidence)
        np.testing.assert_allclose(ours[1:], oracle, atol=1e-10)


@BOTH
@given(counts())
def test_hold_the_estimate_inside_0_and_1_and_mirror(interval, count):
    hits, n = count
    estimate, low, high = interval(hits, n)
    assert 0 <= low <= estimate <= high <= 1
    mirrored = interval(n - hits, n)
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((low, high), abs=1e-12)


@BOTH
@given(counts())
def test_shrink_with_rows_and_grow_with_confidence(interval, count):
    hits, n = count
    usual, more = interval(hits, n), interval(hits * 4, n * 4)
    assert more.high - more.low < usual.high - usual.low
    surer = interval(hits, n, 0.99)
    assert surer.low <= usual.low
    assert usual.high <= surer.high


@pytest.mark.parametrize("n", [4, 12, 40, 150])
def test_exact_coverage_is_never_short_and_wilson_is_right_on_average(n):
    """Coverage summed over all outcomes, no simulation: at 200 rates between 0 and 1."""
    rates, hits = np.linspace(0.0025, 0.9975, 200)[:, None], np.arange(n + 1)
    chance = binom(n, rates).pmf(hits)
    covered = {
        interval: (chance * ((side.low <= rates) & (rates <= side.high))).sum(axis=1)
        for interval in (wilson, clopper_pearson)
        for side in [interval(hits, n)]
    }
    assert covered[clopper_pearson].min() >= 0.95 - 1e-9
    assert covered[wilson].mean() == pytest.approx(0.95, abs=0.01)
    assert covered[wilson].min() < 0.95


@BOTH
def test_the_ends_are_exact(interval):
    n = np.arange(1, 3000)
    assert (interval(0, n).low == 0).all()
    assert (interval(n, n).high == 1).all()


@BOTH
def test_arrays_broadcast_and_scalars_stay_scalars(interval):
    grid = interval(np.arange(3)[:, None], [10, 20])
    assert grid.low.shape == (3, 2)
    assert grid.low[2, 1] == pytest.approx(interval(2, 20).low)
    assert all(isinstance(side, float) for side in interval(2, 20))


@BOTH
def test_no_rows_no_knowledge(interval):
    estimate, low, high = interval([0, 1], [0, 2])
    assert np.isnan(estimate[0])
    assert (low[0], high[0]) == (0, 1)
    assert estimate[1] == 0.5


@BOTH
def test_fractional_counts_lie_between_their_neighbours(interval):
    below, between, above = interval([3, 3.5, 4], 10).low
    assert below < between < above


@BOTH
@pytest.mark.parametrize(
    ("hits", "n", "confidence", "message"),
    [
        (3, 2, 0.95, "0 <= part <= n"),
        (-1, 2, 0.95, "0 <= part <= n"),
        (np.nan, 2, 0.95, "finite"),
        (1, np.inf, 0.95, "finite"),
        ([1, 2, 3], [4, 5], 0.95, r"\(3,\) and \(2,\)"),
        (1, 2, 1.0, "confidence must be between 0 and 1, got 1.0"),
        (1, 2, 95, "confidence"),
    ],
)
def test_bad_counts_are_named(interval, hits, n, confidence, message):
    with pytest.raises(ValueError, match=message):
        interval(hits, n, confidence)


def test_mover_by_hand():
    # sides .3 .4 below and .3 .1 above
    estimate, low, high = intervals.mover_mean([0.5, 0.9], [0.2, 0.5], [0.8, 1.0])
    assert (estimate, low) == pytest.approx((0.7, 0.7 - 0.5 / 2))
    assert high == pytest.approx(0.7 + np.sqrt(0.1) / 2)


def test_mover_of_one_is_that_one():
    assert intervals.mover_mean([0.4], [0.1], [0.8]) == pytest.approx((0.4, 0.1, 0.8))


def test_mover_of_equal_estimates_shrinks_like_the_square_root():
    _, low, high = intervals.mover_mean([0.5] * 16, [0.3] * 16, [0.7] * 16)
    assert (low, high) == pytest.approx((0.45, 0.55))


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        (([0.5], [0.6], [0.7]), "between its low and its high"),
        (([np.nan], [0.1], [0.7]), "NaN"),
        (([0.5], [0.1, 0.2], [0.7]), r"lows \(2,\)"),
        (([], [], []), "K >= 1"),
        ((0.5, 0.1, 0.7), r"estimates \(\)"),
    ],
)
def test_mover_refuses_what_is_no_interval(sides, message):
    with pytest.raises(ValueError, match=message):
        intervals.mover_mean(*sides)


@given(st.lists(counts(), min_size=1, max_size=12))
def test_balanced_accuracy_lies_inside_its_interval_inside_0_and_1(classes):
    hits, n = np.array(classes).T
    estimate, low, high = intervals.balanced_accuracy_interval(hits, n)
    assert estimate == pytest.approx((hits / n).mean())
    assert -1e-12 <= low <= estimate <= high <= 1 + 1e-12


def test_classes_without_rows_are_left_out():
    with_absent = intervals.balanced_accuracy_interval([5, 0, 3], [10, 0, 4])
    assert with_absent == pytest.approx(intervals.balanced_accuracy_interval([5, 3], [10, 4]))
    for n in ([0, 0], 5):
        with pytest.raises(ValueError, match="rows in at least one class"):
            intervals.balanced_accuracy_interval(np.zeros_like(n), n)


def coverage(recalls, interval, n=TAIL, draws=1500):
    hits = np.random.default_rng(0).binomial(n, recalls, (draws, n.size))
    sides = np.array([interval(row, n) for row in hits])
    return ((sides[:, -2] <= recalls.mean()) & (recalls.mean() <= sides[:, -1])).mean()


def bootstrap(hits, n):
    """Percentile bootstrap within classes: redrawing rows of a class is a binomial draw."""
    redrawn = np.random.default_rng(hits.sum()).binomial(n, hits / n, (200, n.size)) / n
    return np.quantile(redrawn.mean(axis=1), [0.025, 0.975])


def exact_limits(hits, n):
    return intervals.balanced_accuracy_interval(hits, n, recall_interval=clopper_pearson)


@pytest.mark.parametrize(
    "recalls",
    [np.full(10, 0.6), np.linspace(0.95, 0.1, 10), np.full(10, 0.95), np.full(10, 0.05)],
    ids=["flat", "falling", "high", "low"],
)
def test_coverage_on_a_long_tail(recalls):
    by_wilson = coverage(recalls, intervals.balanced_accuracy_interval)
    by_exact = coverage(recalls, exact_limits)
    # 1500 draws: two standard errors are .012; the docstring states 90-99 % and 94-99 %.
    assert 0.88 <= by_wilson <= by_exact
    assert by_exact >= 0.93
    assert by_wilson > coverage(recalls, bootstrap)
