"""SMOTE: rows lie between rows of their class, whatever its size, its gaps and its categories."""

import sys

import numpy as np
import pytest

from steelyard.core.errors import UserError
from steelyard.kit.resampling import smote


def table(counts, seed=0):
    """Two numbers of very different scale, two categories of 3 and 4 codes."""
    rng = np.random.default_rng(seed)
    target = np.repeat(np.arange(len(counts)), counts)
    n = target.size
    numbers = target[:, None] + rng.normal(size=(n, 2))
    codes = np.stack([rng.integers(0, 3, n), rng.integers(0, 4, n)], axis=1)
    return np.hstack([numbers * [1, 1e6], codes]), target


CATEGORICAL = {
    "numbers": (slice(0, 2), [False, False]),
    "both": (slice(0, 4), [False, False, True, True]),
    "categories": (slice(2, 4), [True, True]),
}


@pytest.mark.parametrize("kind", CATEGORICAL)
def test_every_class_reaches_the_largest_whatever_its_size(kind):
    columns, categorical = CATEGORICAL[kind]
    X, target = table([40, 12, 4, 2, 1])
    X = X[:, columns]
    new, labels, synthetic = smote(X, target, categorical=categorical, random_state=0)
    assert np.bincount(labels).tolist() == [40] * 5
    np.testing.assert_array_equal(new[~synthetic], X)
    np.testing.assert_array_equal(labels[~synthetic], target)
    assert synthetic.sum() == labels.size - target.size
    for k in range(1, 5):
        of_class, made = X[target == k], new[synthetic & (labels == k)]
        for column, is_code in enumerate(categorical):
            if is_code:
                assert set(made[:, column]) <= set(of_class[:, column])
            else:
                low, high = of_class[:, column].min(), of_class[:, column].max()
                slack = 1e-9 * (abs(low) + abs(high))
                assert (made[:, column] >= low - slack).all()
                assert (made[:, column] <= high + slack).all()
    again = smote(X, target, categorical=categorical, random_state=0)[0]
    np.testing.assert_array_equal(new, again)


def test_two_rows_give_points_on_the_line_between_them():
    X = np.array([[0.0, 0.0]] * 6 + [[1.0, 10.0], [3.0, 50.0]])
    new, _, synthetic = smote(X, [0] * 6 + [1, 1], random_state=0)
    np.testing.assert_allclose(new[synthetic][:, 1], 20 * new[synthetic][:, 0] - 10)
    assert np.ptp(new[synthetic][:, 0]) > 0


def test_units_do_not_decide_who_is_a_neighbour():
    X, target = table([30, 9])
    one = smote(X[:, :2], target, random_state=3)[0]
    other = smote(X[:, :2] * [1000, 1e-6] + [5, -2], target, random_state=3)[0]
    np.testing.assert_allclose(other, one * [1000, 1e-6] + [5, -2], rtol=1e-6)


def test_missing_values_stay_in_given_rows_and_numbers_are_whole_in_new_ones():
    X, target = table([30, 10])
    X[::3, 0] = np.nan
    X[target == 1, 2] = np.nan
    new, _, synthetic = smote(X, target, categorical=[False, False, True, True], random_state=0)
    np.testing.assert_array_equal(new[~synthetic], X)
    assert np.isfinite(new[synthetic][:, :2]).all()
    assert np.isnan(new[synthetic][:, 2]).all()  # in that class it is always missing
    empty = np.full((len(X), 1), np.nan)
    wider = smote(np.hstack([X[:, :2], empty]), target, random_state=0)[0]
    assert wider.shape == (60, 3)


def test_even_classes_come_back_as_they_are():
    X, target = table([10, 10])
    new, labels, synthetic = smote(X, target, random_state=0)
    np.testing.assert_array_equal(new, X)
    np.testing.assert_array_equal(labels, target)
    assert not synthetic.any()


def test_without_imbalanced_learn_the_error_says_what_to_install(monkeypatch):
    for name in [m for m in sys.modules if m.startswith("imblearn")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "imblearn", None)
    X, target = table([10, 5])
    with pytest.raises(UserError, match="imbalanced-learn") as raised:
        smote(X, target)
    assert raised.value.code == "E176"
    assert 'pip install "steelyard[resample]"' in str(raised.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"X": np.zeros((3, 2))}, r"\(3, 2\)"),
        ({"X": np.zeros(15)}, r"\(15,\)"),
        ({"categorical": [True]}, r"categorical \(1,\)"),
        ({"X": np.full((15, 2), np.inf)}, "infinities"),
        ({"k_neighbors": 0}, "k_neighbors"),
    ],
)
def test_bad_arguments_are_named(change, says):
    arguments = {"X": np.zeros((15, 2)), "target": [0] * 10 + [1] * 5, "k_neighbors": 5, **change}
    with pytest.raises(ValueError, match=says):
        smote(**arguments)
