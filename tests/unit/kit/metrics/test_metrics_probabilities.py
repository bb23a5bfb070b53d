"""Log loss, Brier, top-k, calibration: hand-computed, against scikit-learn, properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as peer

from steelyard.kit import metrics


@st.composite
def problems(draw):
    """Target and softmax probabilities in float32 or float64."""
    k, n = draw(st.integers(2, 6)), draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    logits = rng.normal(scale=draw(st.sampled_from([0.1, 1.0, 5.0])), size=(n, k))
    proba = np.exp(logits)
    proba = (proba / proba.sum(axis=1, keepdims=True)).astype(draw(st.sampled_from(["f4", "f8"])))
    return rng.integers(0, k, n), proba


def test_log_loss_by_hand():
    proba = [[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]
    assert metrics.log_loss([1, 2], proba) == pytest.approx((np.log(4) - np.log(0.7)) / 2)


def test_brier_by_hand():
    # (.5 - 0)^2 + (.25 - 1)^2 + .25^2 = .875 and .1^2 + .2^2 + .3^2 = .14
    proba = [[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]
    assert metrics.brier([1, 2], proba) == pytest.approx((0.875 + 0.14) / 2)


@given(problems())
def test_log_loss_and_brier_agree_with_scikit_learn(problem):
    target, proba = problem
    labels = np.arange(proba.shape[1])
    exact = proba / proba.sum(axis=1, keepdims=True, dtype=np.float64)  # scikit-learn warns early
    expected = peer.log_loss(target, exact, labels=labels)
    assert metrics.log_loss(target, proba) == pytest.approx(expected, rel=1e-4, abs=1e-6)
    one_hot = np.eye(proba.shape[1])[target]
    by_definition = ((proba.astype(float) - one_hot) ** 2).sum(axis=1).mean()
    assert metrics.brier(target, proba) == pytest.approx(by_definition, rel=1e-5, abs=1e-6)
    if proba.shape[1] > 2:
        expected = peer.brier_score_loss(target, exact, labels=labels)
        assert metrics.brier(target, proba) == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_a_certain_error_costs_a_lot_but_not_infinity():
    expected = peer.log_loss([1, 1], [[1.0, 0.0]] * 2, labels=[0, 1])
    assert metrics.log_loss([1, 1], [[1.0, 0.0]] * 2) == pytest.approx(expected)
    assert metrics.brier([1, 1], [[1.0, 0.0]] * 2) == 2.0
    assert metrics.brier([0, 1], np.eye(2)) == 0.0


@given(problems(), st.integers(1, 6))
def test_top_k_agrees_with_scikit_learn_without_ties(problem, k):
    target, proba = problem
    k = min(k, proba.shape[1])
    distinct = np.array([len(set(row)) == len(row) for row in proba.tolist()])
    if not distinct.any():
        return
    target, proba = target[distinct], proba[distinct]
    order = np.argsort(proba, axis=1)[:, ::-1][:, :k]
    expected = (order == target[:, None]).any(axis=1).mean()
    assert metrics.top_k_accuracy(target, proba, k) == pytest.approx(expected)
    if proba.shape[1] > 2 and k < proba.shape[1]:
        labels = np.arange(proba.shape[1])
        expected = peer.top_k_accuracy_score(target, proba, k=k, labels=labels)
        assert metrics.top_k_accuracy(target, proba, k) == pytest.approx(expected)


@given(problems())
def test_top_1_is_the_decision_even_with_ties_and_top_k_grows(problem):
    target, proba = problem
    coarse = proba.round(1)
    tops = [metrics.top_k_accuracy(target, coarse, k) for k in range(1, proba.shape[1] + 1)]
    assert tops[0] == pytest.approx(metrics.accuracy(target, coarse.argmax(axis=1)))
    assert tops == sorted(tops)
    assert tops[-1] == 1.0


def test_a_constant_output_earns_no_credit():
    target = np.arange(10)
    assert metrics.top_k_accuracy(target, np.full((10, 10), 0.1), k=3) == pytest.approx(0.3)


def test_reliability_by_hand():
    confidence = np.array([0.6, 0.9, 0.7, 0.8, 0.8, 0.55])
    target = np.array([1, 0, 0, 0, 1, 0])
    curve = metrics.reliability_curve(target, np.c_[confidence, 1 - confidence], n_bins=3)
    # sorted .55 .6 | .7 | .8 .8 .9: the tie at .8 is kept together
    np.testing.assert_allclose(curve.confidence, [0.575, 0.7, 2.5 / 3])
    np.testing.assert_allclose(curve.accuracy, [0.5, 1.0, 2 / 3])
    np.testing.assert_array_equal(curve.n, [2, 1, 3])
    expected = (2 * 0.075 + 0.3 + 3 * (2.5 / 3 - 2 / 3)) / 6
    error = metrics.calibration_error(target, np.c_[confidence, 1 - confidence], n_bins=3)
    assert error == pytest.approx(expected)


@given(problems(), st.integers(1, 20))
def test_reliability_keeps_every_row_whatever_their_order(problem, n_bins):
    target, proba = problem
    proba = proba.astype(float)
    curve = metrics.reliability_curve(target, proba, n_bins)
    assert curve.n.sum() == target.size
    assert (curve.n > 0).all()
    assert len(curve.n) <= n_bins
    assert (np.diff(curve.confidence) > 0).all()
    assert curve.accuracy @ curve.n == pytest.approx((proba.argmax(axis=1) == target).sum())
    shuffled = np.random.default_rng(0).permutation(target.size)
    again = metrics.reliability_curve(target[shuffled], proba[shuffled], n_bins)
    np.testing.assert_allclose(again.confidence, curve.confidence)
    np.testing.assert_array_equal(again.n, curve.n)


def test_bins_hold_equal_mass_without_ties():
    confidence = np.linspace(0.5, 1, 100, endpoint=False)
    proba = np.c_[confidence, 1 - confidence]
    curve = metrics.reliability_curve(np.zeros(100, int), proba, n_bins=10)
    np.testing.assert_array_equal(curve.n, [10] * 10)


def test_calibration_error_knows_the_calibrated_from_the_boastful():
    rng = np.random.default_rng(0)
    truth = rng.dirichlet(np.ones(4), size=20_000)
    target = (rng.random((20_000, 1)) > truth.cumsum(axis=1)).sum(axis=1)
    sharper = truth**3 / (truth**3).sum(axis=1, keepdims=True)
    honest = metrics.calibration_error(target, truth)
    assert honest < 0.4 * np.sqrt(15 / 20_000) * 1.5
    gap = sharper.max(axis=1).mean() - (sharper.argmax(axis=1) == target).mean()
    assert metrics.calibration_error(target, sharper) == pytest.approx(gap, abs=0.02)
    assert gap > 0.15


@pytest.mark.parametrize(
    ("target", "proba", "message"),
    [
        ([0, 1, 1], [[0.5, 0.5]] * 2, r"proba must be \(N, K\).*N = 3.*got shape \(2, 2\)"),
        ([0, 1], [0.5, 0.5], r"got shape \(2,\)"),
        ([0, 0], [[1.0], [1.0]], r"K >= 2.*got shape \(2, 1\)"),
        ([0, 2], [[0.5, 0.5]] * 2, r"class 2, but proba \(2, 2\) has columns for 0\.\.1"),
        ([0, 1], [[0.5, 0.5], [np.nan, 0.5]], r"proba \(2, 2\) holds NaN"),
    ],
)
@pytest.mark.parametrize(
    "metric",
    [
        metrics.log_loss,
        metrics.brier,
        metrics.calibration_error,
        metrics.reliability_curve,
        lambda target, proba: metrics.top_k_accuracy(target, proba, k=1),
    ],
)
def test_bad_probabilities_are_named(metric, target, proba, message):
    with pytest.raises(ValueError, match=message):
        metric(target, proba)


@pytest.mark.parametrize(
    "proba",
    [[[2.0, -1.0]], [[0.2, 0.2]], [[3.1, 1.2]], [[np.inf, 0.5]], [[0.5, 0.6]], [["a", "b"]]],
)
@pytest.mark.parametrize("metric", [metrics.log_loss, metrics.brier, metrics.calibration_error])
def test_what_is_no_probability_is_refused(metric, proba):
    with pytest.raises(ValueError, match=r"must hold probabilities|must be numbers"):
        metric([0], proba)


def test_half_precision_is_close_enough_to_one():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(1000), size=50).astype(np.float16)
    target = rng.integers(0, 1000, 50)
    assert np.isfinite(metrics.log_loss(target, proba))


def test_k_outside_the_classes_is_refused():
    for k in (0, 3):
        with pytest.raises(ValueError, match=r"k must be in 1\.\.2"):
            metrics.top_k_accuracy([0, 1], np.eye(2), k)
    with pytest.raises(ValueError, match="n_bins"):
        metrics.calibration_error([0, 1], np.eye(2), n_bins=0)
