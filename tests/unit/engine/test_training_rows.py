import numpy as np
import pytest

from steelyard.core.recipe import Recipe, Step
from steelyard.engine.training_rows import training_rows
from steelyard.kit.resampling.clean import METHODS

X = np.arange(24, dtype=np.float32).reshape(12, 2) ** 1.5
TARGET = np.repeat([0, 1], [9, 3])


def rows_of(sampler="all-rows", loss=None, max_rows=100, rows=None):
    params = {"k_neighbors": 2} if sampler == "smote" else {}
    recipe = Recipe(
        Step("forest"),
        sampler=Step(sampler, params),
        loss=Step("cross-entropy", {"class_weight": loss} if loss else {}),
    )
    return training_rows(
        recipe, X, TARGET, np.arange(12) if rows is None else rows, 2,
        categorical=np.zeros(2, bool), max_rows=max_rows, random_state=0,
    )  # fmt: skip


def test_all_rows_as_they_are():
    seen = rows_of(rows=np.array([1, 10, 11]))
    np.testing.assert_array_equal(seen.X, X[[1, 10, 11]])
    np.testing.assert_array_equal(seen.target, [0, 1, 1])
    assert seen.weight is None
    np.testing.assert_array_equal(np.flatnonzero(seen.weight_of_all(12)), [1, 10, 11])


@pytest.mark.parametrize(("sampler", "each"), [("over-sampling", 9), ("under-sampling", 3)])
def test_random_sampling_evens_the_classes_and_weights_count_the_draws(sampler, each):
    seen = rows_of(sampler)
    np.testing.assert_array_equal(np.bincount(seen.target), [each, each])
    np.testing.assert_array_equal(X[seen.index], seen.X)
    counted = seen.weight_of_all(12)
    np.testing.assert_array_equal([counted[:9].sum(), counted[9:].sum()], [each, each])


def test_synthetic_rows_have_no_place_in_the_data():
    seen = rows_of("smote")
    assert seen.X.shape == (18, 2)
    assert seen.weight_of_all(12) is None


def test_class_weights_even_the_classes():
    weight = rows_of(loss="inverse").weight_of_all(12)
    assert weight[:9].sum() == pytest.approx(weight[9:].sum())


def test_thinned_rows_stand_for_all_of_their_class():
    seen = rows_of(max_rows=6)
    assert len(seen.target) == 6
    by_class = np.bincount(seen.target, seen.weight)
    np.testing.assert_allclose(by_class, [9, 3])


@pytest.mark.parametrize("sampler", METHODS)
def test_cleaning_takes_rows_of_the_larger_class_and_knows_which(sampler):
    rng = np.random.default_rng(0)
    target = np.repeat([0, 1], [90, 20])
    rows = rng.normal(size=(110, 3)) + target[:, None]
    rows[::9, 2] = np.nan
    recipe = Recipe(Step("forest"), sampler=Step(sampler))
    given = np.arange(5, 110)
    seen = training_rows(
        recipe, rows, target, given, 2,
        categorical=np.zeros(3, bool), max_rows=1000, random_state=0,
    )  # fmt: skip
    assert set(seen.index) < set(given)
    np.testing.assert_array_equal(seen.X, rows[seen.index])
    np.testing.assert_array_equal(seen.target, target[seen.index])
    few, rare = seen.counts(2)
    assert few < 85
    assert rare == 20
    thinned = training_rows(
        recipe, rows, target, given, 2,
        categorical=np.zeros(3, bool), max_rows=60, random_state=0,
    )  # fmt: skip
    assert (thinned.weight is None) == sampler.startswith("near-miss")
    assert thinned.weight is None or len(thinned.weight) == len(thinned.target)
