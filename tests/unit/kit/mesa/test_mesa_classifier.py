"""MESA as a scikit-learn classifier, with an agent, a grid and constant actions."""

import pickle

import numpy as np
import pandas as pd
import pytest
from mesa_tables import two_classes
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.utils.estimator_checks import check_estimator

from steelyard.kit.mesa import MESAClassifier, MetaSampler, grid_over_constant_action

RANDOM = {
    f"check_sample_weight_equivalence_on_{kind}_data": "rows are drawn at random, and repeated "
    "rows are drawn otherwise than weighted ones; scikit-learn's forests and bagging are marked "
    "alike"
    for kind in ("dense", "sparse")
}
TINY = {"random_steps": 6, "update_steps": 4}


@pytest.mark.parametrize("sampler", [None, 0.5, "grid", MetaSampler()])
def test_check_estimator_mesa(sampler):
    n = 2 if sampler == "grid" else 3
    model = MESAClassifier(n_estimators=n, sampler=sampler, random_state=0, **TINY)
    check_estimator(model, expected_failed_checks=RANDOM, on_skip=None)


@pytest.mark.parametrize("sampler", [None, "grid", 0.7])
def test_mesa_the_seed_decides_and_n_jobs_does_not(sampler):
    X, y, X_test, _ = two_classes(500)
    model = MESAClassifier(n_estimators=4, sampler=sampler, random_state=0, **TINY)
    first = model.fit(X, y).predict_proba(X_test)
    again = clone(model).set_params(n_jobs=2).fit(X, y).predict_proba(X_test)
    np.testing.assert_array_equal(first, again)
    other = clone(model).set_params(random_state=1).fit(X, y).predict_proba(X_test)
    assert (first != other).any()


def test_a_constant_action_changes_the_model_and_needs_no_validation_rows():
    X, y, X_test, y_test = two_classes(4000, share=0.04)
    score = {}
    for mu in (0.0, 0.9):
        model = MESAClassifier(sampler=mu, random_state=0).fit(X, y)
        assert model.actions_.tolist() == [mu] * 9
        assert model.trained_prior_ == pytest.approx([0.5, 0.5])
        score[mu] = average_precision_score(y_test, model.predict_proba(X_test)[:, 1])
    assert score[0.9] > score[0.0] + 0.1  # easy rows alone teach little


def test_the_grid_takes_the_best_action_on_the_rows_it_judges_by():
    X, y, X_valid, y_valid = two_classes(4000, share=0.04)
    found = grid_over_constant_action(X, y, validation=(X_valid, y_valid), grid=(0.0, 0.5, 0.9))
    assert found.scores.shape == (3, 3)
    assert found.mu == found.grid[found.scores.mean(axis=1).argmax()] == 0.9
    opposite = grid_over_constant_action(
        X,
        y,
        grid=(0.0, 0.5, 0.9),
        score=lambda rare, p: -average_precision_score(rare, p),
    )
    assert opposite.mu == 0.0
    model = MESAClassifier(sampler="grid", random_state=0).fit(X, y)
    assert model.sampler_ > 0.4
    assert set(model.actions_) == {model.sampler_}


def test_the_rare_class_may_come_first():
    X, y, X_test, y_test = two_classes(1500)
    swapped = MESAClassifier(sampler=0.8, random_state=0).fit(X, 1 - y).predict_proba(X_test)[:, 0]
    plain = MESAClassifier(sampler=0.8, random_state=0).fit(X, y).predict_proba(X_test)[:, 1]
    assert average_precision_score(y_test, swapped) > 5 * y_test.mean()
    assert average_precision_score(y_test, plain) > 5 * y_test.mean()


def test_an_agent_brings_its_own_sigma():
    X, y, X_test, _ = two_classes(500)
    wide, narrow = (MetaSampler(sigma=sigma) for sigma in (5.0, 0.05))
    proba = [
        MESAClassifier(sampler=agent, sigma=0.2, random_state=0).fit(X, y).predict_proba(X_test)
        for agent in (wide, narrow)
    ]
    assert (proba[0] != proba[1]).any()


def test_several_classes_are_refused_with_a_mend():
    X, y, *_ = two_classes(200)
    with pytest.raises(ValueError, match=r"Only binary .* 3 classes.*SelfPacedEnsembleClassifier"):
        MESAClassifier(sampler=0.5).fit(X, np.arange(len(y)) % 3)


def test_frames_with_categories_and_watched_sets():
    X, y, X_test, y_test = two_classes(600)

    def frame(X, y):
        told = np.where(np.random.default_rng(0).random(len(y)) < 0.9, y, 1 - y)
        return pd.DataFrame(X[:, :2], columns=["a", "b"]).assign(told=np.array(["n", "y"])[told])

    table, test = frame(X, y), frame(X_test, y_test)
    model = MESAClassifier(n_estimators=4, random_state=0, **TINY)
    model.fit(table, y, validation=(test, y_test), eval_datasets={"test": (test, y_test)})
    assert len(model.evals_result_["test"]["macro_f1"]) == 4
    np.testing.assert_allclose(model.eval_proba_["test"], model.predict_proba(test))
    assert (model.predict(test) == y_test).mean() > 0.8


def test_a_fitted_mesa_is_saved_without_its_training_rows():
    X, y, X_test, _ = two_classes(3000)
    model = MESAClassifier(LogisticRegression(), 2, sampler=0.5).fit(X, y)
    saved = pickle.dumps(model)
    assert len(saved) < 20_000
    np.testing.assert_array_equal(
        pickle.loads(saved).predict_proba(X_test),  # noqa: S301
        model.predict_proba(X_test),
    )


@pytest.mark.parametrize(
    ("settings", "fit", "says"),
    [
        ({"sampler": 1.5}, {}, r"action must be in \[0, 1\], got 1.5"),
        ({"sampler": "gird"}, {}, "sampler must be None, a MetaSampler, 'grid' or .* got 'gird'"),
        ({"sampler": True}, {}, "action must be a number"),
        ({"sigma": 0}, {}, "sigma must be above 0, got 0"),
        ({"validation_fraction": 1}, {}, "validation_fraction must be between 0 and 1, got 1"),
        ({}, {"validation": ([[0.0] * 8], [0])}, r"rows of both classes \[0, 1\], got \[0\]"),
        ({}, {"validation": ([[0.0] * 8], [0, 1])}, r"validation y must be \(1,\) as X"),
    ],
)
def test_bad_settings_of_mesa_are_named(settings, fit, says):
    X, y, *_ = two_classes(200)
    with pytest.raises(ValueError, match=says):
        MESAClassifier(**settings).fit(X, y, **fit)


def test_a_class_of_one_row_cannot_be_held_out():
    X = np.arange(20.0).reshape(10, 2)
    y = np.r_[1, np.zeros(9, dtype=int)]
    with pytest.raises(ValueError, match=r"needs 2 rows or more, .* got \[9, 1\] rows"):
        MESAClassifier(sampler="grid").fit(X, y)
    assert MESAClassifier(sampler=0.5, random_state=0).fit(X, y).predict(X).shape == (10,)
