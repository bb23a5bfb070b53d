"""Decision rules by hand, against oracles and by their properties."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import balanced_accuracy_score

from steelyard.core.errors import NotApplicable, UserError
from steelyard.kit.metrics import GOALS, log_loss, score
from steelyard.kit.posthoc import RULES, cost_goal, cross_fit, decide, fit_posthoc, rule_named


def draw(counts, seed=0, apart=1.5):
    """Calibrated probabilities of Gaussian classes at the given counts, and the labels."""
    rng = np.random.default_rng(seed)
    counts = np.asarray(counts)
    target = np.repeat(np.arange(counts.size), counts)
    centres = np.eye(counts.size) * apart
    x = centres[target] + rng.normal(size=(target.size, counts.size))
    logits = x @ centres.T - 0.5 * (centres**2).sum(axis=1) + np.log(counts / counts.sum())
    return softmax(logits, axis=1), target


@st.composite
def predictions(draw_from, smallest=0.0):
    """Any (N, K) probabilities with labels; zeros included unless ``smallest`` is positive."""
    k = draw_from(st.integers(2, 5))
    n = draw_from(st.integers(4, 30))
    rng = np.random.default_rng(draw_from(st.integers(0, 2**32 - 1)))
    power = np.maximum(rng.random((n, k)) ** draw_from(st.sampled_from([1, 5, 30])), smallest)
    power[rng.random((n, k)) < 0.2] *= smallest > 0
    power[power.sum(axis=1) == 0] = 1
    return power / power.sum(axis=1, keepdims=True), rng.integers(0, k, n)


def test_logit_adjustment_by_hand():
    proba, target = np.array([[0.8, 0.2]] * 10), np.array([0] * 9 + [1])
    fitted = fit_posthoc("logit-adjusted", proba, target, tau=1.0)
    # odds 4:1 at frequencies 9:1 are odds 4:9 at even frequencies
    decided = decide("logit-adjusted", fitted, proba[:1])
    np.testing.assert_allclose(decided.proba, [[4 / 13, 9 / 13]])
    assert decided.predicted.tolist() == [1]
    in_use = fit_posthoc("logit-adjusted", proba, target, tau=1.0, prior=[0.75, 0.25])
    np.testing.assert_allclose(decide("logit-adjusted", in_use, proba[:1]).proba, [[4 / 7, 3 / 7]])


def test_logit_adjustment_equals_saerens_prior_correction():
    proba, target = draw([300, 80, 20])
    trained, in_use = np.bincount(target) / target.size, np.array([0.2, 0.5, 0.3])
    corrected = proba * in_use / trained
    corrected /= corrected.sum(axis=1, keepdims=True)
    fitted = fit_posthoc("logit-adjusted", proba, target, tau=1.0, prior=in_use)
    np.testing.assert_allclose(decide("logit-adjusted", fitted, proba).proba, corrected, rtol=1e-9)


def test_the_frequencies_of_training_may_be_told():
    proba, _ = draw([50, 50])
    target = np.repeat([0, 1], 50)
    fitted = fit_posthoc("logit-adjusted", proba, target, tau=1.0, counts=[90, 10])
    assert np.ptp(fitted["log_ratio"]) == pytest.approx(np.log(9))


@given(predictions())
def test_tau_zero_is_the_identity(case):
    proba, target = case
    decided = decide("logit-adjusted", fit_posthoc("logit-adjusted", proba, target, tau=0.0), proba)
    np.testing.assert_allclose(decided.proba, proba, atol=1e-11)
    np.testing.assert_array_equal(decided.predicted, proba.argmax(axis=1))


@given(predictions())
def test_training_frequencies_as_prior_change_nothing(case):
    proba, target = case
    prior = np.maximum(np.bincount(target, minlength=proba.shape[1]), 0.5)
    fitted = fit_posthoc("logit-adjusted", proba, target, tau=1.0, prior=prior)
    np.testing.assert_allclose(decide("logit-adjusted", fitted, proba).proba, proba, atol=1e-9)


@given(predictions(), st.sampled_from(sorted(RULES)), st.sampled_from(["kappa", "log-loss"]))
def test_every_rule_stays_finite_normalised_and_plain(case, name, goal):
    proba, target = case  # classes without rows and probabilities of 0 among them
    try:
        fitted = fit_posthoc(name, proba, target, goal=goal)
    except NotApplicable:
        assert (name, goal) == ("threshold", "log-loss") or name == "cost-minimising"
        return
    assert json.loads(json.dumps(fitted, allow_nan=False)) == fitted
    decided = decide(name, fitted, proba)
    assert np.isfinite(decided.proba).all()
    np.testing.assert_allclose(decided.proba.sum(axis=1), 1)
    rule = rule_named(name)
    if not rule.changes_decision:
        np.testing.assert_array_equal(decided.predicted, proba.argmax(axis=1))
    if not rule.changes_proba:
        np.testing.assert_array_equal(decided.proba, proba)


@given(predictions(), st.randoms())
def test_rows_in_another_order_fit_the_same(case, random):
    proba, target = case
    order = list(range(target.size))
    random.shuffle(order)
    one = fit_posthoc("logit-adjusted", proba, target)
    other = fit_posthoc("logit-adjusted", proba[order], target[order])
    assert other["tau"] == one["tau"]
    np.testing.assert_allclose(other["log_ratio"], one["log_ratio"], atol=1e-9)


@given(predictions(smallest=1e-3), st.permutations(range(5)))
def test_renaming_the_classes_renames_the_decision(case, names):
    proba, target = case
    names = [k for k in names if k < proba.shape[1]]
    renamed = np.argsort(names)[target]
    one = decide("logit-adjusted", fit_posthoc("logit-adjusted", proba, target, tau=1.0), proba)
    fitted = fit_posthoc("logit-adjusted", proba[:, names], renamed, tau=1.0)
    other = decide("logit-adjusted", fitted, proba[:, names])
    np.testing.assert_allclose(other.proba, one.proba[:, names], atol=1e-9)


def test_tuned_tau_is_one_for_calibrated_probabilities_and_zero_for_corrected_ones():
    proba, target = draw([4000, 800, 200])
    fitted = fit_posthoc("logit-adjusted", proba, target)
    assert fitted["tau"] == pytest.approx(1, abs=0.15)
    corrected = decide("logit-adjusted", {**fitted, "tau": 1.0}, proba).proba
    assert fit_posthoc("logit-adjusted", corrected, target)["tau"] == pytest.approx(0, abs=0.15)


def test_tuned_tau_follows_the_goal():
    proba, target = draw([4000, 800, 200])
    for goal in ("accuracy", "log-loss"):
        tau = fit_posthoc("logit-adjusted", proba, target, goal=goal)["tau"]
        assert tau == pytest.approx(0, abs=0.15)


def test_tau_stays_zero_where_nothing_is_to_gain():
    proba, target = np.eye(2)[[0] * 20 + [1] * 3], np.array([0] * 20 + [1] * 3)
    assert fit_posthoc("logit-adjusted", proba, target)["tau"] == 0.0


def test_large_data_tune_as_all_their_rows_would(monkeypatch):
    proba, target = draw([30_000, 3_000, 300])
    everything = fit_posthoc("logit-adjusted", proba, target, goal="macro-f1")
    monkeypatch.setattr("steelyard.kit.posthoc.tuning.AT_MOST", 3_000)
    monkeypatch.setattr(
        "steelyard.kit.posthoc.tuning.rows_to_tune_on.__defaults__", (3_000,), raising=False
    )
    some = fit_posthoc("logit-adjusted", proba, target, goal="macro-f1")
    assert some["tau"] == pytest.approx(everything["tau"], abs=0.1)
    assert some == fit_posthoc("logit-adjusted", proba, target, goal="macro-f1")


@pytest.mark.parametrize("goal", ["balanced-accuracy", "macro-f1", "kappa"])
def test_binary_threshold_finds_what_every_cut_would(goal):
    proba, target = draw([3000, 150], apart=1.2)
    cuts = np.unique(proba[:, 1])
    best = max(score(goal, target, (proba[:, 1] >= cut).astype(int)) for cut in cuts)
    fitted = fit_posthoc("threshold", proba, target, goal=goal)
    decided = decide("threshold", fitted, proba)
    assert score(goal, target, decided.predicted) > best - 0.015
    assert score(goal, target, decided.predicted) > score(goal, target, proba.argmax(axis=1)) + 0.03
    np.testing.assert_array_equal(decided.predicted, proba[:, 1] > fitted["cut"])


def test_binary_threshold_is_as_good_as_scikit_learns_on_new_rows():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import TunedThresholdClassifierCV, cross_val_predict

    def gain(seed):
        rng = np.random.default_rng(seed)
        target, fresh_target = np.repeat([0, 1], [500, 40]), np.repeat([0, 1], 2000)
        X = rng.normal(size=(target.size, 3)) + target[:, None]
        fresh = rng.normal(size=(fresh_target.size, 3)) + fresh_target[:, None]
        model = LogisticRegression()
        theirs = TunedThresholdClassifierCV(model, scoring="balanced_accuracy", cv=3)
        theirs.fit(X, target)
        proba = cross_val_predict(model, X, target, cv=3, method="predict_proba")
        fitted = fit_posthoc("threshold", proba, target)
        ours = decide("threshold", fitted, model.fit(X, target).predict_proba(fresh)).predicted
        return balanced_accuracy_score(fresh_target, ours) - balanced_accuracy_score(
            fresh_target, theirs.predict(fresh)
        )

    assert np.mean([gain(seed) for seed in range(6)]) > -0.003


def test_a_threshold_of_even_classes_with_a_biased_model_is_found():
    proba, target = draw([1000, 1000])
    biased = decide("logit-adjusted", {"tau": 1.0, "log_ratio": [0.0, 1.5]}, proba).proba
    fitted = fit_posthoc("threshold", biased, target)
    assert np.diff(fitted["offsets"])[0] == pytest.approx(1.5, abs=0.4)
    assert fit_posthoc("logit-adjusted", biased, target)["tau"] == 0.0


def test_multiclass_offsets_climb_where_the_prior_does_not_explain_the_bias():
    proba, target = draw([800] * 4)
    biased = decide("logit-adjusted", {"tau": 1.0, "log_ratio": [0, 0, 2.0, 0]}, proba).proba
    fold = np.random.default_rng(0).integers(0, 5, target.size)
    before = score("balanced-accuracy", target, biased.argmax(axis=1))
    decided = cross_fit("threshold", biased, target, fold)
    healthy = score("balanced-accuracy", target, proba.argmax(axis=1))
    assert before < healthy - 0.05
    assert score("balanced-accuracy", target, decided.predicted) > healthy - 0.02


def test_cost_minimising_by_hand():
    proba, target = np.array([[0.9, 0.1], [0.99, 0.01]]), np.array([0, 1])
    goal = cost_goal([[0, 1], [20, 0]])
    fitted = fit_posthoc("cost-minimising", proba, target, goal=goal)
    # said 0, costs 20 p_1; said 1, costs p_0: the cut is at p_1 = 1/21
    assert decide("cost-minimising", fitted, proba).predicted.tolist() == [1, 0]
    other = fit_posthoc("cost-minimising", proba, target, cost=[[0, 200], [20, 0]])
    assert decide("cost-minimising", other, proba).predicted.tolist() == [0, 0]


@given(predictions(smallest=1e-3))
def test_equal_costs_are_the_argmax(case):
    proba, target = case
    cost = 1 - np.eye(proba.shape[1])
    fitted = fit_posthoc("cost-minimising", proba, target, cost=cost)
    chosen = decide("cost-minimising", fitted, proba).predicted
    highest = proba.max(axis=1)
    np.testing.assert_allclose(proba[np.arange(target.size), chosen], highest, atol=1e-12)


def test_the_cheapest_decision_is_cheapest_on_calibrated_rows_and_the_tuned_cut_is_near():
    proba, target = draw([4000, 400], apart=1.2)
    goal = cost_goal([[0, 1], [15, 0]])
    known = fit_posthoc("cost-minimising", proba, target, goal=goal)
    tuned = fit_posthoc("threshold", proba, target, goal=goal)
    paid = [
        goal(target, decide(name, fitted, proba).predicted)
        for name, fitted in (("cost-minimising", known), ("threshold", tuned))
    ]
    assert max(paid) < 0.8 * goal(target, proba.argmax(axis=1))
    assert paid[1] == pytest.approx(paid[0], rel=0.05)


@given(predictions(), st.floats(0.1, 10))
def test_temperature_keeps_every_decision(case, temperature):
    proba, _ = case
    decided = decide("temperature", {"temperature": temperature}, proba)
    np.testing.assert_array_equal(decided.predicted, proba.argmax(axis=1))
    own = decided.proba[np.arange(len(proba)), decided.predicted]
    np.testing.assert_allclose(own, decided.proba.max(axis=1))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_temperature_undoes_what_was_done_to_the_logits(temperature):
    proba, target = draw([3000, 2000, 1000])
    distorted = decide("temperature", {"temperature": 1 / temperature}, proba).proba
    fitted = fit_posthoc("temperature", distorted, target)
    assert fitted["temperature"] == pytest.approx(temperature, rel=0.1)
    assert log_loss(target, decide("temperature", fitted, distorted).proba) <= log_loss(
        target, distorted
    )


def test_cross_fit_never_lets_a_row_tune_its_own_decision():
    proba, target = draw([200, 40, 10])
    fold = np.arange(target.size) % 5
    one = cross_fit("logit-adjusted", proba, target, fold)
    flipped = target.copy()
    flipped[fold == 3] = 2 - flipped[fold == 3]
    other = cross_fit("logit-adjusted", proba, flipped, fold)
    np.testing.assert_array_equal(one.proba[fold == 3], other.proba[fold == 3])
    assert (one.proba[fold != 3] != other.proba[fold != 3]).any()


def test_cross_fit_of_argmax_is_argmax():
    proba, target = draw([20, 20])
    decided = cross_fit("argmax", proba, target, np.arange(40) % 2)
    np.testing.assert_array_equal(decided.proba, proba)
    np.testing.assert_array_equal(decided.predicted, proba.argmax(axis=1))


def test_bad_input_is_named():
    proba, target = draw([20, 20])
    with pytest.raises(UserError, match="logit-adjusted") as raised:
        fit_posthoc("logit-adjusted ", proba, target)
    assert raised.value.code == "E175"
    with pytest.raises(ValueError, match="no goal 'f2'"):
        fit_posthoc("threshold", proba, target, goal="f2")
    with pytest.raises(NotApplicable, match="needs a goal of decisions"):
        fit_posthoc("threshold", proba, target, goal=GOALS["log-loss"])
    with pytest.raises(NotApplicable, match="needs the cost"):
        fit_posthoc("cost-minimising", proba, target)
    with pytest.raises(ValueError, match=r"cost must be \(K, K\)"):
        fit_posthoc("cost-minimising", proba, target, cost=np.ones((3, 3)))
    with pytest.raises(ValueError, match="at least two folds"):
        cross_fit("argmax", proba, target, np.zeros(40))
    with pytest.raises(ValueError, match="sum to 1"):
        fit_posthoc("argmax", proba * 3, target)
