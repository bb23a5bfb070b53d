"""Class weights: by hand, against the official numbers, exact where float32 cancels."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from steelyard.kit.losses import class_balanced_weights, class_weights

SCHEMES = ("none", "inverse", "sqrt", "effective")
COUNTS = st.lists(st.integers(0, 10**7), min_size=2, max_size=8).filter(any)

# kaidic/LDAM-DRW@2536330 cifar_train.py, counts of CIFAR-10-LT at 100:1
COUNTS_10 = [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
OFFICIAL = {
    0.9: [0.99946624, 0.99946624, 0.99946624, 0.99946624, 0.99946624, 0.99946624, 0.99946624,
          0.99946672, 0.99962544, 1.00464392],
    0.999: [0.18118700, 0.18941374, 0.21574190, 0.27285939, 0.37847883, 0.56058127, 0.86880416,
            1.38616478, 2.25844955, 3.68831944],
    0.9999: [0.05061136, 0.07689980, 0.12113387, 0.19503666, 0.31880537, 0.52458984, 0.86834896,
             1.44262731, 2.40922308, 3.99272370],
}  # fmt: skip


@pytest.mark.parametrize("beta", OFFICIAL)
def test_class_balanced_weights_equal_the_official_code(beta):
    np.testing.assert_allclose(class_balanced_weights(COUNTS_10, beta), OFFICIAL[beta], rtol=2e-5)


def test_inverse_equals_scikit_learns_balanced():
    target = np.repeat([0, 1, 2], [70, 20, 10])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=target)
    np.testing.assert_allclose(class_weights([70, 20, 10], "inverse"), expected)


def test_by_hand():
    np.testing.assert_allclose(class_weights([16, 4], "sqrt"), np.array([1, 2]) * 20 / (16 + 8))
    # beta = 1/2: one row counts 1, two rows count 3/2
    np.testing.assert_allclose(
        class_weights([1, 2], "effective", 0.5), np.array([1, 2 / 3]) * 3 / (1 + 4 / 3)
    )
    np.testing.assert_array_equal(class_weights([3, 9], "none"), [1, 1])


@pytest.mark.parametrize("beta", [1 - 1e-9, 1 - 1e-15])
def test_effective_numbers_near_one_do_not_cancel(beta):
    """Plain ``1 - beta ** n`` keeps one digit of these or none."""
    counts, exact = [7, 3], Fraction(beta)
    seven, three = ((1 - exact**n) / (1 - exact) for n in counts)
    ours = class_weights(counts, "effective", beta)
    assert ours[0] / ours[1] == pytest.approx(float(three / seven), rel=1e-12)


@given(COUNTS, st.sampled_from(SCHEMES), st.floats(0, 1))
def test_mean_over_rows_is_one_and_empty_classes_spoil_nothing(counts, scheme, beta):
    counts = np.array(counts)
    weights = class_weights(counts, scheme, beta)
    assert np.isfinite(weights).all()
    assert weights @ counts == pytest.approx(counts.sum())
    assert (weights[counts == 0] == 0).all()
    filled = counts > 0
    np.testing.assert_array_equal(weights[filled], class_weights(counts[filled], scheme, beta))
    order = np.argsort(counts[filled], kind="stable")
    assert (np.diff(weights[filled][order]) <= 1e-12 * weights.max()).all()


@given(COUNTS)
def test_effective_lies_between_none_and_inverse(counts):
    np.testing.assert_allclose(class_weights(counts, "effective", 1.0), class_weights(counts))
    filled = [n for n in counts if n]
    np.testing.assert_allclose(class_weights(filled, "effective", 0.0), np.ones(len(filled)))
    assert class_balanced_weights(counts).sum() == pytest.approx(len(filled))


@pytest.mark.parametrize(
    ("counts", "scheme", "beta", "says"),
    [
        ([1, 2], "balanced", None, "scheme must be one of"),
        ([1, 2], "effective", 1.5, "beta must be in"),
        ([1, 2], "effective", float("nan"), "beta must be in"),
        ([0, 0], "inverse", None, "counts must be"),
        ([-1, 2], "inverse", None, "counts must be"),
        ([[1, 2]], "inverse", None, r"\(1, 2\)"),
    ],
)
def test_bad_arguments_are_named(counts, scheme, beta, says):
    with pytest.raises(ValueError, match=says):
        class_weights(counts, scheme, beta)
