"""An unknown prior from rows without labels: by hand, against oracles, and that it is worth it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import softmax

from steelyard.kit.posthoc import (
    decide,
    estimate_prior_bbse,
    estimate_prior_em,
    fit_posthoc,
    posterior_recalibration,
)

TRAIN, IN_USE = np.array([0.8, 0.15, 0.05]), np.array([0.2, 0.3, 0.5])


def gaussians(counts, seed, prior=TRAIN, apart=2.0):
    """Exact probabilities of a model trained at ``prior`` for ``counts`` rows, and the labels."""
    target = np.repeat(np.arange(len(counts)), counts)
    centres = np.eye(len(counts)) * apart
    x = centres[target] + np.random.default_rng(seed).normal(size=(target.size, len(counts)))
    return softmax(x @ centres.T + np.log(prior), axis=1), target


def shifted(seed, n=600):
    return gaussians(np.random.default_rng([seed, 1]).multinomial(n, IN_USE), seed)


def held_out(seed, n=900):
    return gaussians(np.random.default_rng([seed, 2]).multinomial(n, TRAIN), seed + 1000)


def accuracy(proba, target):
    return np.mean(proba.argmax(axis=1) == target)


def overconfident(proba):
    return softmax(3 * np.log(proba), axis=1)


# ---- by hand and against oracles


def test_em_by_hand():
    # Three rows say (.9, .1), one (.1, .9), trained at even frequencies. The score equation
    # 3 * .8 / (.1 + .8 q) = .8 / (.9 - .8 q) gives 3 (.9 - .8 q) = .1 + .8 q, q = 2.6 / 3.2.
    found = estimate_prior_em([[0.9, 0.1]] * 3 + [[0.1, 0.9]], [1, 1], tolerance=1e-12)
    np.testing.assert_allclose(found.prior, [0.8125, 0.1875], atol=1e-6)
    # Trained at 3:1 the same rows have likelihoods .3 : .1 and (.1/3) : .9, that is 3:1 and 1:27.
    # 3 * 2 / (1 + 2 q) = 26 / (27 - 26 q) gives 162 - 156 q = 26 + 52 q, q = 136 / 208.
    found = estimate_prior_em([[0.9, 0.1]] * 3 + [[0.1, 0.9]], [3, 1], tolerance=1e-12)
    np.testing.assert_allclose(found.prior, [136 / 208, 72 / 208], atol=1e-6)


def test_one_step_of_em_averages_the_corrected_posteriors():
    proba, _ = shifted(0, n=50)
    start = np.full(3, 1 / 3)
    weighed = proba * start / TRAIN
    expected = (weighed / weighed.sum(axis=1, keepdims=True)).mean(axis=0)
    found = estimate_prior_em(proba, TRAIN, max_iterations=1)
    np.testing.assert_allclose(found.prior, expected, rtol=1e-12)
    assert not found.converged
    assert found.iterations == 1


@pytest.mark.parametrize("alpha", [1.0, 3.0, [1.0, 2.0, 9.0]])
def test_em_is_at_the_maximum_a_general_optimiser_finds(alpha):
    proba, _ = shifted(3, n=200)

    def loss(free):
        prior = softmax(np.append(free, 0))
        extra = np.broadcast_to(np.asarray(alpha) - 1, 3)
        return -np.log(proba / TRAIN @ prior).sum() - extra @ np.log(prior)

    best = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9})
    found = estimate_prior_em(proba, TRAIN, alpha=alpha, tolerance=1e-9)
    np.testing.assert_allclose(found.prior, softmax(np.append(best.x, 0)), atol=1e-5)


def test_the_stopping_rule_bounds_the_distance_to_the_top():
    proba, _ = shifted(5, n=300)

    def log_likelihood(prior):
        return np.log(proba / TRAIN @ prior).sum()

    top = log_likelihood(estimate_prior_em(proba, TRAIN, tolerance=1e-12).prior)
    for tolerance in (1.0, 0.1, 1e-3):
        found = estimate_prior_em(proba, TRAIN, tolerance=tolerance)
        assert found.converged
        assert top - tolerance <= log_likelihood(found.prior) <= top


def test_dirichlet_smoothing_counts_rows():
    # Rows without doubt: the mode of Dirichlet(alpha + counts) has (n_k + alpha - 1) / total.
    proba = np.eye(3)[[0] * 6 + [1] * 2]
    found = estimate_prior_em(proba, [1, 1, 1], alpha=2.0)
    np.testing.assert_allclose(found.prior, np.array([7, 3, 1]) / 11, atol=1e-6)


def test_bbse_by_hand():
    # Means of the two classes are (.8, .2) and (.4, .6); (.7, .3) is three quarters of the first.
    val = [[0.9, 0.1], [0.7, 0.3], [0.4, 0.6]]
    found = estimate_prior_bbse(val, [0, 0, 1], [[0.6, 0.4], [0.8, 0.2]])
    np.testing.assert_allclose(found.prior, [0.75, 0.25])
    assert found.condition == pytest.approx(np.linalg.cond([[0.8, 0.4], [0.2, 0.6]]))
    # As decisions: class 0 is always found, class 1 in half its rows, new rows are 0 in three of 4.
    val = [[0.9, 0.1], [0.7, 0.3], [0.6, 0.4], [0.4, 0.6]]
    new = [[0.6, 0.4]] * 3 + [[0.2, 0.8]]
    found = estimate_prior_bbse(val, [0, 0, 1, 1], new, confusion="hard")
    np.testing.assert_allclose(found.prior, [0.5, 0.5])


@pytest.mark.parametrize("regularisation", [0.0, 0.05])
def test_bbse_is_the_constrained_least_squares_solution(regularisation):
    rng = np.random.default_rng(0)
    for _ in range(5):
        val, target = rng.dirichlet(np.ones(4), 40), rng.permutation(np.arange(40) % 4)
        val += 0.3 * np.eye(4)[target]
        val /= val.sum(axis=1, keepdims=True)
        mu = rng.dirichlet(np.full(4, 0.3))  # often outside what any prior explains
        means = np.stack([val[target == k].mean(axis=0) for k in range(4)], axis=1)

        def loss(q, means=means, mu=mu):
            return ((means @ q - mu) ** 2).sum() + regularisation * ((q * 4 - 1) ** 2).sum()

        best = minimize(
            loss, np.full(4, 0.25), method="SLSQP", bounds=[(0, 1)] * 4, tol=1e-14,
            constraints={"type": "eq", "fun": lambda q: q.sum() - 1},
        )  # fmt: skip
        found = estimate_prior_bbse(val, target, mu[None], regularisation=regularisation)
        np.testing.assert_allclose(found.prior, best.x, atol=1e-4)
        assert loss(found.prior) <= best.fun + 1e-10


def test_regularisation_pulls_to_the_frequencies_of_the_held_out_rows():
    (val, target), (new, _) = held_out(0), shifted(0)
    own = np.bincount(target) / target.size
    gaps = [
        np.abs(estimate_prior_bbse(val, target, new, regularisation=r).prior - own).sum()
        for r in (0.0, 1e-3, 0.1, 1e6)
    ]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 1e-4


# ---- they find what they are for


def test_em_recovers_a_shifted_prior_within_sampling_error():
    z = []
    for seed in range(20):
        proba, target = shifted(seed, n=1500)
        found = estimate_prior_em(proba, TRAIN)
        assert found.converged
        z.append((found.prior - IN_USE) / ((found.high - found.low) / 2 / 1.96))
        assert np.abs(found.prior - np.bincount(target) / target.size).max() < 0.05
    z = np.array(z)
    assert np.abs(z.mean(axis=0)).max() < 3 / np.sqrt(20)  # no bias
    assert 0.6 < z.std() < 1.4  # and the intervals are as wide as the errors


def test_intervals_cover_also_a_class_that_never_comes():
    covered = []
    for seed in range(60):
        rng = np.random.default_rng([seed, 3])
        use = np.array([0.7, 0.3, 0.0])
        new, _ = gaussians(rng.multinomial(200, use), seed, apart=3.0)
        val, target = held_out(seed)
        val, _ = gaussians(np.bincount(target), seed + 1000, apart=3.0)
        for found in (
            estimate_prior_em(new, TRAIN),
            estimate_prior_bbse(val, target, new),
            estimate_prior_bbse(val, target, new, confusion="hard"),
        ):
            covered.append((found.low <= use) & (use <= found.high))
            assert (found.low <= found.prior).all()
            assert (found.prior <= found.high).all()
            assert found.high[2] > 0.003  # zero hits in 200 rows prove no zero
    assert np.mean(covered) >= 0.92


@pytest.mark.parametrize("confusion", ["soft", "hard"])
def test_bbse_recovers_from_uncalibrated_probabilities_where_em_is_led_astray(confusion):
    errors = {"bbse": [], "em": []}
    for seed in range(10):
        (val, target), (new, _) = held_out(seed), shifted(seed)
        val, new = overconfident(val), overconfident(new)
        found = estimate_prior_bbse(val, target, new, confusion=confusion)
        errors["bbse"].append(found.prior - IN_USE)
        errors["em"].append(estimate_prior_em(new, TRAIN).prior - IN_USE)
    bias = {name: np.abs(np.mean(e, axis=0)).sum() for name, e in errors.items()}
    assert bias["bbse"] < 0.05
    assert bias["em"] > 2 * bias["bbse"]


def test_em_after_temperature_beats_em_before():
    before, after = [], []
    for seed in range(10):
        (val, target), (new, _) = held_out(seed), shifted(seed)
        val, new = overconfident(val), overconfident(new)
        fitted = fit_posthoc("temperature", val, target)
        calibrated = decide("temperature", fitted, new).proba
        before.append(np.abs(estimate_prior_em(new, TRAIN).prior - IN_USE).sum())
        after.append(np.abs(estimate_prior_em(calibrated, TRAIN).prior - IN_USE).sum())
    gain = np.array(before) - after
    assert gain.mean() > 3 * gain.std(ddof=1) / np.sqrt(10)
    assert np.mean(after) < 0.7 * np.mean(before)


def test_without_a_shift_nothing_changes():
    covered, flips, loss = [], [], []
    for seed in range(20):
        val, y_val = held_out(seed)
        new, target = held_out(seed + 50)
        for found in (estimate_prior_em(new, TRAIN), estimate_prior_bbse(val, y_val, new)):
            covered.append((found.low <= TRAIN) & (found.high >= TRAIN))
            corrected = posterior_recalibration(new, TRAIN * 1e6, prior=found.prior)
            flips.append(np.mean(corrected.argmax(axis=1) != new.argmax(axis=1)))
            loss.append(accuracy(new, target) - accuracy(corrected, target))
    assert np.mean(covered) >= 0.9
    assert np.mean(flips) < 0.015
    assert abs(np.mean(loss)) < 0.003


def test_the_estimate_recovers_most_of_what_the_true_prior_gains():
    gains = {"true": [], "em": [], "bbse": []}
    for seed in range(10):
        (val, y_val), (new, target) = held_out(seed), shifted(seed)
        priors = {
            "true": IN_USE,
            "em": estimate_prior_em(new, TRAIN).prior,
            "bbse": estimate_prior_bbse(val, y_val, new).prior,
        }
        for name, prior in priors.items():
            corrected = posterior_recalibration(new, TRAIN * 1e6, prior=prior)
            gains[name].append(accuracy(corrected, target) - accuracy(new, target))
    assert np.mean(gains["true"]) > 0.05
    for name in ("em", "bbse"):
        assert np.mean(gains[name]) > 0.9 * np.mean(gains["true"])


# ---- properties and refusals


@given(st.integers(2, 6), st.integers(1, 30), st.integers(0, 2**32 - 1), st.sampled_from([0.05, 1]))
def test_any_probabilities_give_a_prior_between_its_limits(k, n, seed, spread):
    rng = np.random.default_rng(seed)
    new, val = rng.dirichlet(np.full(k, spread), n), rng.dirichlet(np.full(k, spread), 3 * k)
    target = np.arange(3 * k) % k
    for found in (
        estimate_prior_em(new, rng.dirichlet(np.ones(k)) + 1e-6),
        estimate_prior_bbse(val, target, new, regularisation=1e-3),
    ):
        assert found.converged
        assert found.prior.sum() == pytest.approx(1)
        assert (found.low >= 0).all()
        assert (found.low <= found.prior).all()
        assert (found.prior <= found.high).all()
        assert (found.high <= 1).all()


def test_rows_of_certainty_against_each_other_stay_finite():
    proba = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=np.float32)
    found = estimate_prior_em(proba, [1e-6, 0.5, 0.499999])
    np.testing.assert_allclose(found.prior, [2 / 3, 1 / 3, 0], atol=1e-4)


def test_classes_renamed_rename_the_estimate():
    proba, _ = shifted(1)
    order = [2, 0, 1]
    one = estimate_prior_em(proba, TRAIN, tolerance=1e-10)
    other = estimate_prior_em(proba[:, order], TRAIN[order], tolerance=1e-10)
    np.testing.assert_allclose(other.prior, one.prior[order], atol=1e-8)
    np.testing.assert_allclose(other.high, one.high[order], atol=1e-8)


def test_what_em_refuses():
    with pytest.raises(ValueError, match=r"prior_train .* class 1"):
        estimate_prior_em([[0.5, 0.5]], [1, 0])
    with pytest.raises(ValueError, match=r"prior_train must be \(K,\) = \(2,\), got shape \(3,\)"):
        estimate_prior_em([[0.5, 0.5]], [1, 1, 1])
    with pytest.raises(ValueError, match="logits need a softmax"):
        estimate_prior_em([[2.0, -1.0]], [1, 1])
    with pytest.raises(ValueError, match="alpha must be"):
        estimate_prior_em([[0.5, 0.5]], [1, 1], alpha=0.5)


def test_what_bbse_refuses():
    val, target = np.array([[0.9, 0.1], [0.6, 0.4]]), [0, 1]
    with pytest.raises(ValueError, match=r"hard confusion .* singular"):
        estimate_prior_bbse(val, target, val, confusion="hard")
    assert estimate_prior_bbse(val, target, val, confusion="hard", regularisation=0.1).prior.all()
    with pytest.raises(ValueError, match="no rows of class 1"):
        estimate_prior_bbse(val, [0, 0], val)
    with pytest.raises(ValueError, match=r"proba_new must be \(M, K\)"):
        estimate_prior_bbse(val, target, [[0.2, 0.3, 0.5]])
    with pytest.raises(ValueError, match=r"proba_new: .* sums to 0.7"):
        estimate_prior_bbse(val, target, [[0.5, 0.2]])
