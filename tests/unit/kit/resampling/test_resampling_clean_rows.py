"""Which rows cleaning leaves: the samplers' own on numbers; gaps and categories are handled."""

import numpy as np
import pytest

from steelyard.kit import resampling
from steelyard.kit.resampling.clean import METHODS, MOST_CATEGORIES, clean_rows, distance_columns

methods = pytest.mark.parametrize("method", METHODS)


def overlapping(n=300, rare=40, columns=3, seed=0):
    rng = np.random.default_rng(seed)
    target = np.repeat([0, 1], [n - rare, rare])
    return rng.normal(size=(n, columns)) + 1.0 * target[:, None], target


@methods
def test_on_scaled_numbers_the_rows_are_those_of_the_sampler(method):
    X, target = overlapping()
    X = (X - np.median(X, axis=0)) / X.std(axis=0)
    name, settings = METHODS[method]
    told = settings(3)
    sampler = getattr(resampling, name)(**told)
    sampler.fit_resample(X, target)
    left = clean_rows(X, target, method, random_state=told.get("random_state"))
    np.testing.assert_array_equal(left, np.unique(sampler.sample_indices_))


@methods
def test_the_smallest_class_loses_none_and_the_larger_one_some(method):
    X, target = overlapping()
    left = clean_rows(X, target, method, random_state=0)
    assert (target[left] == 1).sum() == 40
    assert (target[left] == 0).sum() < 260
    assert (np.diff(left) > 0).all()
    if method.startswith("near-miss"):
        assert (target[left] == 0).sum() == 40


@methods
def test_no_unit_decides_who_is_near(method):
    X, target = overlapping()
    expected = clean_rows(X, target, method, random_state=0)
    X[:, 1] = 4096 * X[:, 1] + 64
    np.testing.assert_array_equal(clean_rows(X, target, method, random_state=0), expected)


@methods
def test_gaps_and_categories_are_taken(method):
    X, target = overlapping()
    X = np.hstack([X, (np.arange(300) % 5)[:, None]])
    X[::7, 0], X[::11, 3] = np.nan, np.nan
    left = clean_rows(X, target, method, categorical=[0, 0, 0, 1], random_state=0)
    assert 40 < left.size < 300
    renamed = X.copy()
    renamed[:, 3] = 9 - renamed[:, 3]  # codes are names, not numbers
    again = clean_rows(renamed, target, method, categorical=[0, 0, 0, 1], random_state=0)
    np.testing.assert_array_equal(again, left)


def test_a_class_that_would_be_lost_keeps_its_rows():
    """Two rows of the middle class, each alone among rows of another."""
    X = np.r_[np.linspace(0, 1, 20), 10 + np.linspace(0, 1, 8), 0.51, 10.52][:, None]
    target = np.r_[np.zeros(20, int), np.ones(8, int), 2, 2]
    left = clean_rows(np.r_[X, [[99.0]]], np.r_[target, 3], "edited-neighbours")
    assert set((np.r_[target, 3])[left]) == {0, 1, 2, 3}


@methods
def test_classes_with_fewer_rows_than_neighbours(method):
    X, target = overlapping(60, rare=2)
    assert (target[clean_rows(X, target, method)] == 1).sum() == 2
    assert clean_rows(X[:10], target[:10], method).size == 10  # one class: nothing to clean


def test_a_category_differs_as_much_as_one_deviation():
    X = np.array([[0.0, 0.0], [0.0, 1.0], [2.0, 0.0]])
    one, category, number = distance_columns(X, np.array([False, True]))
    assert np.linalg.norm(one - category) == pytest.approx(1)
    assert np.linalg.norm(one - number) == pytest.approx(2 / X[:, 0].std())


def test_of_many_categories_the_rare_ones_are_alike():
    codes = np.repeat(np.arange(100), np.r_[np.full(31, 5), np.ones(69, int)])[:, None]
    columns = distance_columns(codes.astype(float), np.array([True]))
    assert columns.shape[1] == MOST_CATEGORIES
    np.testing.assert_array_equal(columns[-1], columns[-2])


def test_what_is_wrong_is_told():
    X, target = overlapping(30, rare=5)
    with pytest.raises(ValueError, match="got 'condensed'"):
        clean_rows(X, target, "condensed")
    with pytest.raises(ValueError, match="no infinities"):
        clean_rows(np.where(X > 1, np.inf, X), target, "tomek-links")
    with pytest.raises(ValueError, match=r"target \(29,\)"):
        clean_rows(X, target[1:], "tomek-links")
