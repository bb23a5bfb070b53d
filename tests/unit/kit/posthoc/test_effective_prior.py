"""The prior a model has learnt, and posterior re-calibration, which takes one off."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from steelyard.kit.metrics import score
from steelyard.kit.posthoc import decide, effective_prior, fit_posthoc, posterior_recalibration

REFERENCE = Path(__file__).parents[5] / "shared" / "reference"
PRIOR = np.array([0.7, 0.2, 0.1])


def gaussians(counts, seed, prior, apart=1.5):
    """Exact probabilities of a model that believes in ``prior``, whatever the counts."""
    target = np.repeat(np.arange(len(counts)), counts)
    centres = np.eye(len(counts)) * apart
    x = centres[target] + np.random.default_rng(seed).normal(size=(target.size, len(counts)))
    return softmax(x @ centres.T + np.log(prior), axis=1), target


def test_effective_prior_by_hand():
    # Rows of class 0 say (.9, .1), of class 1 (.5, .5), however many there are of each.
    found = effective_prior([[0.9, 0.1]] * 5 + [[0.5, 0.5]], [0] * 5 + [1])
    np.testing.assert_allclose(found.marginal, [0.7, 0.3])
    # odds 9 and 1 over the prior's odds r: 9/(9+r) + 1/(1+r) = 1 at r = 3
    np.testing.assert_allclose(found.prior, [0.75, 0.25], atol=1e-7)
    np.testing.assert_allclose(found.log_prior, np.log([0.75, 0.25]), atol=1e-7)


@pytest.mark.parametrize("counts", [[3000, 3000, 3000], [9000, 600, 300]])
def test_it_is_what_the_model_believes_whatever_the_rows_are(counts):
    proba, target = gaussians(counts, 0, PRIOR)
    found = effective_prior(proba, target)
    np.testing.assert_allclose(found.prior, PRIOR, atol=0.03)
    # the marginal of a model that sees anything is nearer to even than its prior
    assert found.marginal[0] < PRIOR[0] - 0.1


def test_without_it_the_mean_of_the_classes_is_even():
    proba, target = gaussians([400, 60, 20], 1, PRIOR)
    found = effective_prior(proba, target)
    rest = posterior_recalibration(proba, found.prior * 1e6)
    np.testing.assert_allclose(effective_prior(rest, target).marginal, 1 / 3, atol=1e-6)
    np.testing.assert_allclose(effective_prior(rest, target).prior, 1 / 3, atol=1e-6)


def test_a_model_without_doubt_has_nothing_to_take_off():
    found = effective_prior(np.eye(3)[[0, 0, 0, 1, 2]], [0, 0, 0, 1, 2])
    np.testing.assert_allclose(found.prior, 1 / 3, atol=1e-6)


def test_it_spares_a_weighted_model_what_its_training_frequencies_would_cost():
    gains = {"plain": [], "weighted": [], "weighted, by counts": []}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        counts = np.maximum(np.round(500 * 50 ** (-np.arange(10) / 9)).astype(int), 2)
        centres = rng.normal(size=(10, 6))
        rows = {"train": counts, "held": counts, "fresh": np.full(10, 200)}
        data = {}
        for name, n in rows.items():
            target = np.repeat(np.arange(10), n)
            data[name] = centres[target] + rng.normal(size=(target.size, 6)), target
        held, fresh = data["held"], data["fresh"]
        for name, class_weight in (("plain", None), ("weighted", "balanced")):
            model = LogisticRegression(max_iter=1000, class_weight=class_weight)
            model.fit(*data["train"])
            learnt = effective_prior(model.predict_proba(held[0]), held[1]).prior
            proba = model.predict_proba(fresh[0])
            before = score("balanced-accuracy", fresh[1], proba)

            def gain(prior, proba=proba, truth=fresh[1], before=before):
                corrected = posterior_recalibration(proba, prior)
                return score("balanced-accuracy", truth, corrected) - before

            gains[name].append(gain(learnt * 1e6))
        gains["weighted, by counts"].append(gain(counts))
    assert np.mean(gains["plain"]) > 0.06
    assert np.mean(gains["weighted"]) > -0.02
    assert np.mean(gains["weighted, by counts"]) < -0.05


def test_recalibration_is_the_logit_adjusted_rule():
    proba, target = gaussians([300, 80, 20], 2, PRIOR)
    counts = np.bincount(target)
    for tau, prior in ((1.0, None), (0.5, None), (1.0, [1, 2, 7])):
        fitted = fit_posthoc("logit-adjusted", proba, target, tau=tau, prior=prior)
        np.testing.assert_allclose(
            posterior_recalibration(proba, counts, prior=prior, tau=tau),
            decide("logit-adjusted", fitted, proba).proba,
            rtol=1e-9,
        )


def test_recalibration_by_hand():
    ours = posterior_recalibration([[0.8, 0.2]], [90, 10], prior=[0.75, 0.25])
    np.testing.assert_allclose(ours, [[4 / 7, 3 / 7]])


@pytest.mark.skipif(not REFERENCE.exists(), reason="needs ../shared/reference")
@pytest.mark.parametrize("case", ["c10_ir100", "c4_extreme"])
@pytest.mark.parametrize("beta", [0.5, 1.0, 1.5])
def test_recalibration_agrees_with_the_official_code(case, beta):
    entry = f"unoic.prior_recbalancing|{case}|beta={beta}"
    expected = json.loads((REFERENCE / "expected.json").read_text("utf-8"))["other"][entry]
    with np.load(REFERENCE / "inputs.npz") as file:
        proba = softmax(file[f"{case}/x"].astype(np.float64), axis=1)
        counts = file[f"{case}/cnt"]
    ours = posterior_recalibration(proba, counts, tau=beta)
    assert ours.sum() == pytest.approx(expected["sum"], rel=2e-5)
    assert np.linalg.norm(ours) == pytest.approx(expected["l2"], rel=2e-5)
    decided = ours.argmax(axis=1).astype(np.int64)
    assert hashlib.sha1(decided.tobytes()).hexdigest() == expected["argmax_sha1"]


def test_what_is_refused():
    with pytest.raises(ValueError, match="no rows of class 1"):
        effective_prior([[0.5, 0.5]], [0])
    with pytest.raises(ValueError, match=r"counts must be \(2,\)"):
        posterior_recalibration([[0.5, 0.5]], [1, 2, 3])
    with pytest.raises(ValueError, match="prior must be"):
        posterior_recalibration([[0.5, 0.5]], [1, 2], prior=[-1, 2])
    with pytest.raises(ValueError, match="logits need a softmax"):
        posterior_recalibration([[3.0, 0.5]], [1, 2])
