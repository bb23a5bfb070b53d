"""Out of fold really is out of fold, nothing is trained twice, and the test labels are not seen."""

import time
from dataclasses import replace

import numpy as np
import pytest

from steelyard.core.case import Case
from steelyard.core.recipe import Recipe, Step
from steelyard.engine.crossfit import Crossfit
from steelyard.engine.fitting import load_model
from steelyard.engine.prepared import Prepared

N, K, FOLDS = 240, 2, 4
WORK, TEST = np.arange(200), np.arange(200, N)
FOREST = Recipe(Step("forest", {"n_estimators": 12, "min_samples_leaf": 1, "max_features": "sqrt"}))
BOOSTING = Recipe(
    Step("hist-gradient-boosting", {"max_leaf_nodes": 7, "min_samples_leaf": 5}),
    optim=Step("boosting", {"learning_rate": 0.1, "max_iter": 10, "l2": 0.0}),
)
HEAD = Recipe(
    Step("linear-head", {"hidden": 0}), optim=Step("adam", {"learning_rate": 0.01, "l2": 0.03})
)
# One that re-samples, one that makes rows up, one that weighs.
OVER = replace(FOREST, sampler=Step("over-sampling"))
SMOTE = replace(FOREST, sampler=Step("smote", {"k_neighbors": 3}))
WEIGHED = replace(BOOSTING, loss=Step("cross-entropy", {"class_weight": "inverse"}))
FOREVER = time.monotonic() + 1e6


def data(signal: float, random_state: int = 0):
    rng = np.random.default_rng(random_state)
    target = (rng.random(N) < 0.3).astype(int)
    return rng.normal(size=(N, 3)) + signal * target[:, None], target


def crossfit(folder, X, target, seeds=1, max_rows=10_000) -> Crossfit:
    prepared = Prepared.write(
        Case(folder), "data", K, X=X, target=target, unit=np.arange(N),
        categorical=np.zeros(X.shape[1], bool), work=WORK, test=TEST,
    )  # fmt: skip
    folds = np.stack([np.random.default_rng(s).permutation(200) % FOLDS for s in range(seeds)])
    return Crossfit(Case(folder), prepared, folds, max_rows)


def run(fits, recipes, seeds=(0,), **how):
    answers = []
    fits.run(recipes, seeds, deadline=FOREVER, on_answer=answers.append, **how)
    return answers


@pytest.mark.parametrize(
    "recipe",
    [FOREST, BOOSTING, HEAD, OVER, SMOTE, WEIGHED],
    ids=["forest", "boosting", "head", "over-sampling", "smote", "weights"],
)
def test_labels_of_a_fold_do_not_touch_its_own_predictions(recipe, tmp_path):
    """Turn every label of fold 0 round: what is said of fold 0 must not change, of others must."""
    X, target = data(1.0)
    turned = target.copy()
    one, two = crossfit(tmp_path / "one", X, target), crossfit(tmp_path / "two", X, turned)
    first = one.folds[0] == 0
    turned[WORK[first]] = 1 - turned[WORK[first]]
    two = crossfit(tmp_path / "three", X, turned)
    for fits in (one, two):
        assert all(answer.value is not None for answer in run(fits, [recipe]))
    before, after = one.stored(recipe, 0).proba, two.stored(recipe, 0).proba
    np.testing.assert_array_equal(before[first], after[first])
    assert not np.allclose(before[~first], after[~first])


def test_noise_gives_chance_out_of_fold_and_certainty_in_sample(tmp_path):
    """Labels that follow nothing: a forest that learns them by heart knows none it has not seen."""
    X, _ = data(0.0)
    target = np.random.default_rng(1).permutation(N) % 2
    fits = crossfit(tmp_path, X, target)
    run(fits, [FOREST])
    proba = fits.stored(FOREST, 0).proba
    assert abs((proba.argmax(1) == target[WORK]).mean() - 0.5) < 4 * np.sqrt(0.25 / 200)
    fits.refit([FOREST], [0], deadline=FOREVER)
    seen = load_model(fits.model_folder(FOREST)).predict_proba(X[WORK]).argmax(1)
    assert (seen == target[WORK]).mean() > 0.95


def test_every_work_row_is_held_out_once_and_every_seed_differs(tmp_path):
    fits = crossfit(tmp_path, *data(1.0), seeds=2)
    run(fits, [FOREST], seeds=(0, 1))
    rows = []
    for fold in range(FOLDS):
        part = fits.case.read_arrays(f"{fits._place(FOREST, 0)}-fold-{fold}.npz")
        np.testing.assert_array_equal(fits.folds[0][part["row"]], fold)
        rows += part["row"].tolist()
    assert sorted(rows) == list(range(200))
    first, second = fits.stored(FOREST, 0), fits.stored(FOREST, 1)
    np.testing.assert_allclose(first.proba.sum(1), 1)
    assert first.seconds > 0
    assert not np.array_equal(first.proba, second.proba)


def test_the_test_rows_labels_are_never_seen(tmp_path):
    X, target = data(1.0)
    turned = target.copy()
    turned[TEST] = 1 - turned[TEST]
    told = []
    for name, labels in (("one", target), ("two", turned)):
        fits = crossfit(tmp_path / name, X, labels)
        fits.refit([BOOSTING], [0, 1], deadline=FOREVER)
        told.append([fits.test_proba(BOOSTING, seed) for seed in (0, 1)])
    np.testing.assert_array_equal(told[0], told[1])
    assert told[0][0].shape == (len(TEST), K)


def test_what_is_stored_is_not_trained_again(tmp_path):
    fits = crossfit(tmp_path, *data(1.0))
    assert len(run(fits, [FOREST, BOOSTING])) == 2 * FOLDS
    whole = fits.stored(FOREST, 0).proba
    again = crossfit(tmp_path, *data(1.0))
    assert run(again, [FOREST, BOOSTING]) == []
    (tmp_path / f"{again._place(FOREST, 0)}-fold-2.npz").unlink()
    assert again.stored(FOREST, 0) is None
    (answer,) = run(again, [FOREST, BOOSTING])
    assert answer.task.arguments["held_out"] == [2]
    np.testing.assert_array_equal(again.stored(FOREST, 0).proba, whole)


def test_all_folds_of_a_head_are_one_task_and_some_folds_the_same_as_all(tmp_path):
    fits = crossfit(tmp_path, *data(1.0))
    (answer,) = run(fits, [HEAD])
    assert answer.task.arguments["held_out"] == list(range(FOLDS))
    whole = fits.stored(HEAD, 0).proba
    for fold in (1, 3):
        (tmp_path / f"{fits._place(HEAD, 0)}-fold-{fold}.npz").unlink()
    (answer,) = run(fits, [HEAD])
    assert answer.task.arguments["held_out"] == list(range(FOLDS))
    np.testing.assert_array_equal(fits.stored(HEAD, 0).proba, whole)


def test_recipes_that_differ_in_the_rule_share_one_training(tmp_path):
    fits = crossfit(tmp_path, *data(1.0))
    other = replace(FOREST, posthoc=Step("logit-adjusted", {"tau": 1.0}))
    assert len(run(fits, [FOREST, other])) == FOLDS
    assert fits.stored(other, 0) is not None


def test_a_recipe_that_fails_is_noted_and_not_tried_again(tmp_path):
    fits = crossfit(tmp_path, *data(1.0))
    bad = replace(FOREST, model=FOREST.model.but(n_estimators=-1))
    run(fits, [bad, BOOSTING])
    assert "n_estimators" in fits.failures[bad.fit_key]
    assert run(fits, [bad]) == []
    assert fits.stored(bad, 0) is None
    assert fits.stored(BOOSTING, 0) is not None


def test_the_deadline_leaves_what_is_finished(tmp_path):
    fits = crossfit(tmp_path, *data(1.0))
    fits.run([FOREST], [0], deadline=time.monotonic() - 1)
    assert fits.stored(FOREST, 0) is None
    assert fits.failures == {}
    assert not list(tmp_path.glob("trials/**/*.npz"))


def test_nothing_is_begun_after_the_last_start(tmp_path):
    fits = crossfit(tmp_path, *data(1.0))
    fits.run([FOREST], [0], deadline=FOREVER, last_start=time.monotonic() - 1)
    assert not list(tmp_path.glob("trials/**/*.npz"))


def test_curves_are_drawn_when_asked_for(tmp_path):
    fits = crossfit(tmp_path, *data(1.0))
    run(fits, [BOOSTING, FOREST], with_curve=True)
    curves = fits.stored(BOOSTING, 0).curves
    assert len(curves) == FOLDS
    for curve in curves:
        assert curve.train_loss[-1] < curve.train_loss[0]
        assert curve.steps[-1] == 10
    assert fits.stored(FOREST, 0).curves == ()


def test_a_fold_without_rows_and_a_class_in_one_fold(tmp_path):
    """Five units in fewer folds than there are: fold 3 is empty, class 1 is all in fold 0."""
    X, _ = data(1.0)
    target = np.zeros(N, dtype=int)
    target[:30] = 1
    fits = crossfit(tmp_path, X, target)
    fits.folds = np.where(np.arange(200) < 30, 0, 1 + np.arange(200) % 2)[None]
    fits.folds[0, -1] = 4
    for recipe in (FOREST, BOOSTING, HEAD):
        run(fits, [recipe])
        assert fits.failures == {}
        proba = fits.stored(recipe, 0).proba
        assert np.isfinite(proba).all()
        if recipe is not HEAD:  # a head knows that there is a second class, trees do not
            assert (proba[:30, 1] == 0).all()


def test_seconds_of_a_task_are_the_shortest_seen_or_those_stored(tmp_path):
    fits = crossfit(tmp_path, *data(1.0))
    assert fits.seconds_of_task(FOREST) == 0
    answers = run(fits, [FOREST, HEAD])
    for recipe, of in ((FOREST, answers[:FOLDS]), (HEAD, answers[FOLDS:])):
        assert {answer.task.name for answer in of} == {recipe.fit_key}
        assert fits.seconds_of_task(recipe) == min(answer.seconds for answer in of)
    stored = crossfit(tmp_path, *data(1.0))
    whole = {recipe: fits.stored(recipe, 0).seconds for recipe in (FOREST, HEAD)}
    assert stored.seconds_of_task(FOREST) == pytest.approx(whole[FOREST] / FOLDS)
    assert stored.seconds_of_task(HEAD) == pytest.approx(whole[HEAD])


def test_the_seconds_of_one_training(tmp_path):
    fits = crossfit(tmp_path, *data(1.0))
    run(fits, [HEAD, FOREST])
    head, forest = (fits.stored(recipe, 0) for recipe in (HEAD, FOREST))
    assert head.one_fit == pytest.approx(head.seconds / FOLDS)  # all folds are one training
    assert 0 < forest.one_fit < forest.seconds / 2
