"""Rows on straight lines: SMOTE is seen, and what makes lines without it is not."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, make_classification

from steelyard.core.exam import StraightLines
from steelyard.examine.straight_lines import on_a_line, straight_lines
from steelyard.intake import from_arrays


def measured(X, y, *, test: float = 0.0, seed: int = 0) -> StraightLines | None:
    rng = np.random.default_rng(seed)
    split = np.where(rng.random(len(y)) < test, "test", "train") if test else None
    return straight_lines(from_arrays(X, y, split=split))


def synthetic(X, y, rare: int, n: int, seed: int = 0):
    """SMOTE by its definition, ``n`` rows more of class ``rare``."""
    rng = np.random.default_rng(seed)
    own = X[y == rare].astype(float)
    away = ((own[:, None] - own) ** 2).sum(axis=2)
    near = np.argsort(away, axis=1)[:, 1:6]
    first = rng.integers(0, len(own), n)
    second = near[first, rng.integers(0, 5, n)]
    new = own[first] + rng.random((n, 1)) * (own[second] - own[first])
    order = rng.permutation(len(y) + n)
    return np.vstack([X, new])[order], np.append(y, np.full(n, rare))[order]


def imbalanced(columns: int = 4, seed: int = 0):
    return make_classification(
        600, columns, n_informative=columns, n_redundant=0, weights=[0.85], random_state=seed
    )


def share(lines: StraightLines, name: str) -> float:
    return lines.on_lines[name] / lines.rows[name]


def test_vectors_on_a_line_are_found_in_either_direction():
    rng = np.random.default_rng(0)
    away = rng.normal(size=(20, 4))
    assert not on_a_line(away)
    assert on_a_line(np.vstack([away, 0.377 * away[3]]))
    assert on_a_line(np.vstack([away, -2.71 * away[3]]))


@pytest.mark.parametrize(("ratio", "on"), [(1 / 2, False), (17 / 64, False), (0.5001, True)])
def test_ratios_of_small_whole_numbers_are_a_lattice(ratio, on):
    away = np.random.default_rng(0).normal(size=(1, 4))
    assert on_a_line(np.vstack([away, ratio * away])) is on


def test_rows_that_differ_in_two_of_many_columns_are_not_counted():
    away = np.zeros((2, 4))
    away[:, :2] = [[1.0, 2.0], [0.377, 0.754]]
    assert not on_a_line(away)
    assert on_a_line(away[:, :2])
    assert not on_a_line(away[:0])


@pytest.mark.parametrize("test", [0.0, 0.25])
@pytest.mark.parametrize("columns", [2, 4, 20])
def test_smote_before_the_split_is_seen_in_its_class_alone(columns, test):
    lines = measured(*synthetic(*imbalanced(columns), rare=1, n=400), test=test)
    assert lines.across is bool(test)
    assert share(lines, "1") > 0.6
    assert share(lines, "0") < 0.05
    assert lines.by_chance["1"] < lines.on_lines["1"] / 3
    assert 0 < len(lines.examples) <= 5


def test_synthetic_rows_of_whole_numbers_and_of_single_precision_are_seen():
    X, y = load_digits(return_X_y=True)
    keep = (y < 2) & ((y == 0) | (np.arange(y.size) % 5 == 0))
    X, y = synthetic(X[keep], y[keep], rare=1, n=140)
    for given in (X, X.astype(np.float32)):
        lines = measured(given, y)
        assert share(lines, "1") > 0.6
        assert lines.on_lines["0"] == 0


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer, load_digits])
@pytest.mark.parametrize("test", [0.0, 0.3])
def test_measured_rows_lie_on_no_lines(load, test):
    X, y = load(return_X_y=True)
    lines = measured(X[:600], y[:600], test=test)
    assert sum(lines.rows.values()) > 0
    assert sum(lines.on_lines.values()) == 0


@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
@pytest.mark.parametrize("columns", [3, 8])
def test_rounded_rows_lie_on_no_lines(columns, decimals):
    X, y = imbalanced(columns)
    lines = measured(X.round(decimals), y)
    assert sum(lines.on_lines.values()) <= 2


def test_copies_of_rows_lie_on_no_lines():
    X, y = imbalanced()
    lines = measured(np.repeat(X, 3, axis=0), np.repeat(y, 3))
    assert sum(lines.on_lines.values()) == 0


def test_a_class_that_is_one_line_is_so_by_chance_as_well():
    X, y = imbalanced()
    along = np.random.default_rng(1).normal(size=(60, 1)) * [1.0, 2.0, 3.0, 4.0]
    lines = measured(np.vstack([X, along]), np.append(y, np.full(60, 2)))
    assert share(lines, "2") == 1
    assert lines.by_chance["2"] == lines.rows["2"]


def test_columns_that_follow_from_another_do_not_make_lines():
    x = np.random.default_rng(0).normal(size=(300, 1))
    y = np.arange(300) % 3
    assert measured(x, y) is None
    assert measured(np.hstack([x, 1.8 * x + 32, np.zeros((300, 1))]), y) is None
    one_free = np.hstack([x, np.random.default_rng(1).integers(0, 3, (300, 5))])
    assert sum(measured(one_free, y).on_lines.values()) == 0


def test_missing_numbers_are_no_obstacle():
    X, y = imbalanced()
    X[::7, 0], X[:, 3] = np.nan, np.nan
    assert sum(measured(X, y).on_lines.values()) <= 2
    X, y = synthetic(*imbalanced(), rare=1, n=400)
    X[::7, 0] = np.nan
    assert share(measured(X, y), "1") > 0.5


def test_images_and_predictions_have_no_lines():
    pixels = np.random.default_rng(0).integers(0, 255, (40, 8, 8, 3)).astype(np.uint8)
    assert measured(pixels, np.arange(40) % 2) is None
