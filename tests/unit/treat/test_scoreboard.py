"""Stored predictions become comparable trials, and nothing is made of what is not there."""

from dataclasses import replace

import numpy as np
import pytest
from scripted import BASE, TARGET, TEST, N, board, scripted

from steelyard.core.recipe import Step
from steelyard.kit.metrics import balanced_accuracy, calibration_error
from steelyard.kit.posthoc import cross_fit, decide, fit_posthoc

ADJUSTED = replace(BASE, posthoc=Step("logit-adjusted", {"tau": "tuned"}))
OTHER = replace(BASE, optim=BASE.optim.but(l2=1.0))


@pytest.fixture
def scores(tmp_path):
    fits = scripted(tmp_path)
    fits.run([BASE], [0, 1])
    return board(fits)


def test_a_trial_is_the_mean_over_its_seeds(scores):
    trial = scores.trial("base", BASE, BASE, BASE, 2)
    by_seed = [
        balanced_accuracy(TARGET[:N], scores.fits.stored(BASE, seed).proba.argmax(1), 2)
        for seed in (0, 1)
    ]
    assert trial.seeds == 2
    assert trial.goal.mean == pytest.approx(np.mean(by_seed))
    assert (trial.vs_tuned_base.mean, trial.vs_tuned_base.p) == (0.0, 1.0)
    assert trial.seconds == pytest.approx(2 * 3 * 0.1)
    assert trial.changes == ()


def test_a_rule_is_tuned_outside_the_fold_it_decides(scores):
    trial = scores.trial("R610", ADJUSTED, BASE, BASE, 2)
    for seed in (0, 1):
        expected = cross_fit(
            "logit-adjusted", scores.fits.stored(BASE, seed).proba, TARGET[:N],
            scores.fits.folds[seed], goal=scores.goal, prior=scores.prior, tau="tuned",
        )  # fmt: skip
        np.testing.assert_array_equal(trial.predicted[seed], expected.predicted)
    assert trial.vs_tuned_base.mean > 0.1
    assert trial.changes == ("posthoc: argmax -> logit-adjusted(tau=tuned)",)


def test_gains_are_against_tuned_base_over_the_seeds_that_both_have(scores):
    scores.fits.run([OTHER], [0])
    trial = scores.trial("R510", OTHER, BASE, BASE, 2)
    assert trial.seeds == 1
    values = [
        balanced_accuracy(TARGET[:N], scores.fits.stored(recipe, 0).proba.argmax(1), 2)
        for recipe in (OTHER, BASE)
    ]
    assert trial.vs_tuned_base.mean == pytest.approx(values[0] - values[1])
    assert scores.difference(OTHER, BASE) == pytest.approx(values[0] - values[1])


def test_a_seed_counts_only_when_all_its_folds_are_there(scores, tmp_path):
    (tmp_path / f"{scores.fits._place(BASE, 1)}-fold-2.npz").unlink()
    assert scores.trial("base", BASE, BASE, BASE, 2).seeds == 1


def test_what_was_not_trained_is_stopped_and_what_failed_says_why(scores):
    trial = scores.trial("R510", OTHER, BASE, BASE, 2)
    assert (trial.state, trial.seeds, trial.predicted) == ("stopped", 0, None)
    assert np.isnan(scores.difference(OTHER, BASE))
    scores.fits.failures[OTHER.fit_key] = "it broke"
    trial = scores.trial("R510", OTHER, BASE, BASE, 2)
    assert (trial.state, trial.why) == ("failed", "it broke")


def test_less_is_better_where_the_goal_says_so(tmp_path):
    fits = scripted(tmp_path, skill=lambda recipe: 4.0 if recipe == OTHER else 1.0)
    fits.run([BASE, OTHER], [0, 1])
    scores = board(fits, "log-loss")
    better = scores.trial("R510", OTHER, BASE, BASE, 2)
    assert better.goal.mean < scores.trial("base", BASE, BASE, BASE, 2).goal.mean
    assert better.vs_tuned_base.low > 0


def test_on_test_the_rule_is_that_of_all_work_rows(scores):
    scores.fits.refit([BASE], [0, 1])
    found = scores.on_test(ADJUSTED, [0, 1], TARGET[N:])
    assert found.predicted.shape == (2, TEST)
    for seed in (0, 1):
        fitted = fit_posthoc(
            "logit-adjusted", scores.fits.stored(BASE, seed).proba, TARGET[:N],
            goal=scores.goal, prior=scores.prior, tau="tuned",
        )  # fmt: skip
        expected = decide("logit-adjusted", fitted, scores.fits.test_proba(BASE, seed))
        np.testing.assert_array_equal(found.predicted[seed], expected.predicted)


def test_a_rule_cannot_be_fitted_on_what_is_not_there(scores):
    with pytest.raises(LookupError, match="not finished"):
        scores.fitted_rule(OTHER, 0)


def test_a_trial_knows_its_calibration_and_what_one_training_took(scores):
    trial = scores.trial("base", BASE, BASE, BASE, 2)
    errors = [
        calibration_error(TARGET[:N], scores.fits.stored(BASE, seed).proba) for seed in (0, 1)
    ]
    assert trial.calibration_error == pytest.approx(np.mean(errors))
    assert trial.one_fit == pytest.approx(0.1)
    assert trial.trained_on == ()


def test_a_resampled_trial_knows_its_rows_a_class(tmp_path):
    cleaned = replace(BASE, sampler=Step("tomek-links"))
    fits = scripted(tmp_path)
    fits.run([BASE, cleaned], [0])
    for fold, counts in enumerate(([150, 40], [152, 40], [157, 40])):
        name = f"{fits._place(cleaned, 0)}-fold-{fold}.npz"
        stored = fits.case.read_arrays(name)
        fits.case.write_arrays(name, {**stored, "trained_on": np.array(counts)})
    assert board(fits).trial("R131", cleaned, BASE, BASE, 1).trained_on == (153, 40)
