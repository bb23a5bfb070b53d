"""Paired differences: hand-computed, properties, coverage on a long tail."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.kit.intervals import (
    mover_mean,
    paired_balanced_accuracy_difference,
    paired_difference,
)


@st.composite
def paired_counts(draw):
    n = draw(st.integers(1, 2000))
    gains = draw(st.integers(0, n))
    return gains, draw(st.integers(0, n - gains)), n


def test_bonett_price_by_hand():
    # (6 - 2) / 52 +- 1.96 sqrt((6/52 + 2/52 - (4/52)^2) / 52)
    estimate, low, high = paired_difference(5, 1, 50)
    half = 1.959964 * np.sqrt((8 / 52 - (4 / 52) ** 2) / 52)
    assert estimate == 0.08
    assert (low, high) == pytest.approx((4 / 52 - half, 4 / 52 + half), abs=1e-7)


@given(paired_counts(), st.sampled_from([0.1, 0.5, 0.9, 0.95, 0.999]))
def test_holds_the_estimate_inside_its_bounds_and_mirrors(count, confidence):
    gains, losses, n = count
    estimate, low, high = paired_difference(gains, losses, n, confidence)
    assert estimate == (gains - losses) / n
    assert -1 <= low <= estimate <= high <= 1
    back = paired_difference(losses, gains, n, confidence)
    assert back == pytest.approx((-estimate, -high, -low))


@given(paired_counts())
def test_shrinks_with_rows_and_grows_with_confidence(count):
    usual, more = paired_difference(*count), paired_difference(*(4 * np.array(count)))
    surer = paired_difference(*count, 0.99)
    assert more.high - more.low < usual.high - usual.low
    assert surer.low <= usual.low
    assert usual.high <= surer.high


def test_no_flip_is_no_proof_but_more_rows_say_more():
    small, large = paired_difference(0, 0, [4, 4000], 0.95).high
    assert small > 0.3
    assert 0 < large < 0.001


def test_means_over_seeds_may_be_fractional():
    gains, losses = np.mean([3, 4, 4]), np.mean([1, 0, 1])
    interval = paired_difference(gains, losses, 40)
    assert interval.estimate == pytest.approx(3 / 40)
    assert paired_difference(1 / 3, 5 / 3, 2).estimate == pytest.approx(-2 / 3)
    rounded_up = np.nextafter(2.2, 3)
    assert rounded_up + 0.8 > 3
    assert paired_difference(rounded_up, 0.8, 3).estimate == pytest.approx(1.4 / 3)


@pytest.mark.parametrize(
    ("gains", "losses", "n", "message"),
    [
        (3, 3, 5, r"gains \+ losses <= n"),
        (0, 0, 0, "n > 0"),
        (-1, 0, 5, "0 <= part <= n"),
        (np.nan, 0, 5, "finite"),
        ([1, 2], [1, 2, 3], 9, "broadcast"),
    ],
)
def test_bad_counts_are_named(gains, losses, n, message):
    with pytest.raises(ValueError, match=message):
        paired_difference(gains, losses, n)


def test_balanced_accuracy_difference_is_mover_over_classes():
    gains, losses, n = np.array([5, 12]), np.array([10, 1]), np.array([900, 40])
    expected = mover_mean(*paired_difference(gains, losses, n, 0.9))
    assert paired_balanced_accuracy_difference(gains, losses, n, 0.9) == pytest.approx(expected)
    assert expected.estimate == pytest.approx((-5 / 900 + 11 / 40) / 2)


def test_classes_without_rows_are_left_out():
    with_absent = paired_balanced_accuracy_difference([1, 0, 3], [0, 0, 1], [10, 0, 9])
    assert with_absent == pytest.approx(
        paired_balanced_accuracy_difference([1, 3], [0, 1], [10, 9])
    )
    with pytest.raises(ValueError, match="rows in at least one class"):
        paired_balanced_accuracy_difference([0], [0], [0])


@pytest.mark.parametrize(
    ("gain", "loss"),
    [
        (np.full(10, 0.05), np.full(10, 0.05)),
        (np.full(10, 0.2), np.full(10, 0.2)),
        (np.linspace(0, 0.4, 10), np.linspace(0.05, 0, 10)),
        (np.full(10, 0.3), np.full(10, 0.05)),
    ],
    ids=["equal", "equal but unlike", "tail gains", "all gain"],
)
def test_coverage_on_a_long_tail(gain, loss):
    rng, n = np.random.default_rng(0), np.array([200, 130, 84, 54, 35, 23, 15, 10, 6, 4])
    truth, covered, false_wins = (gain - loss).mean(), 0, 0
    for _ in range(1000):
        cells = [rng.multinomial(m, [u, d, 1 - u - d]) for m, u, d in zip(n, gain, loss)]
        up, down, _ = np.array(cells).T
        _, low, high = paired_balanced_accuracy_difference(up, down, n)
        covered += low <= truth <= high
        false_wins += low > 0
    assert covered >= 950  # conservative: the two rows added widen the small classes
    if truth == 0:
        assert false_wins <= 25
