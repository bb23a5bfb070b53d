import numpy as np
import pytest

from steelyard.core.recipe import Recipe, Step
from steelyard.engine.training_rows import training_rows

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
