"""Permutation tests: what the same figures would show if nothing but luck were at work."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.intervals.proportions import FloatArray

Alternative = Literal["two-sided", "less", "greater"]
CHUNK = 5_000_000  # numbers drawn at once: 40 MB


def balanced_accuracy_permutation_test(
    confusion: ArrayLike,
    *,
    alternative: Alternative = "two-sided",
    n_resamples: int = 999,
    random_state: int | np.random.Generator = 0,
) -> float:
    """p-value that the predictions know nothing of the classes: balanced accuracy 1/K by luck.

    Shuffling the predictions over the rows keeps how often each class occurs and is predicted, so
    confusion matrices with the same margins are drawn instead of rows: quick for a million rows.
    "less" asks whether the model is below chance, "greater" whether it has learnt anything. After
    Ojala and Garriga, Permutation Tests for Studying Classifier Performance, JMLR 2010, test 1.

    Parameters
    ----------
    confusion : (K, K) whole counts, rows are the truth
    alternative, n_resamples, random_state : as in :func:`sign_flip_test`

    Raises
    ------
    ValueError
        Not a (K, K) matrix of whole counts, all of them 0, an unknown alternative.

    >>> balanced_accuracy_permutation_test([[40, 10], [3, 7]], alternative="greater") < 0.05
    True
    """
    from scipy.stats import random_table

    matrix = np.asarray(confusion)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a confusion matrix must be (K, K), got shape {matrix.shape}")
    if (matrix < 0).any() or (matrix % 1 != 0).any() or not matrix.any():
        raise ValueError("a confusion matrix must hold whole counts >= 0, not all of them 0")
    table = matrix.astype(np.int64)
    rows = table.sum(axis=1)
    weights = np.divide(1.0, rows, out=np.zeros(rows.size), where=rows > 0) / (rows > 0).sum()
    luck = random_table(rows, table.sum(axis=0))
    rng, draws = np.random.default_rng(random_state), _checked_resamples(n_resamples)
    null = [
        np.einsum("rkk->rk", luck.rvs(size, random_state=rng)) @ weights
        for size in _chunks(draws, table.size)
    ]
    centre = float(table.sum(axis=0) @ (rows > 0)) / table.sum() / (rows > 0).sum()
    observed = float(np.diag(table) @ weights) - centre
    return _p_value(observed, np.concatenate(null) - centre, 1.0, alternative)


def sign_flip_test(
    differences: ArrayLike,
    classes: ArrayLike | None = None,
    *,
    groups: ArrayLike | None = None,
    alternative: Alternative = "two-sided",
    n_resamples: int = 9999,
    random_state: int | np.random.Generator = 0,
) -> float:
    """p-value of a mean-over-classes difference between two models on the same rows.

    If the models were exchangeable, the sign of each row's difference would be a coin. The
    statistic is the mean over classes of the mean difference in the class; with hits as 0 and 1 it
    is the change in balanced accuracy. Fisher, The Design of Experiments, 1935, section 21;
    ``(1 + hits) / (1 + n_resamples)`` as in Phipson and Smyth, 2010, so never 0.

    Parameters
    ----------
    differences : (N,) new less old for each row, e.g. -1, 0, 1, or means over seeds
    classes : (N,) class of each row; None takes the plain mean over rows
    groups : (N,) rows of one group are flipped together, as they are not independent
    alternative : "greater" asks whether new is better
    n_resamples : coin tosses of the whole set, >= 1
    random_state : seed or generator

    Raises
    ------
    ValueError
        Shapes differ, no rows, differences not finite, an unknown alternative.

    >>> sign_flip_test([1, 1, 1, 1, 1, 1, 1, 0], classes=[0, 0, 0, 0, 1, 1, 1, 1]) < 0.05
    True
    """
    values = _class_balanced(differences, classes)
    if groups is not None:
        names, member = np.unique(_row_labels(groups, values, "groups"), return_inverse=True)
        values = np.bincount(member, values, minlength=names.size).astype(np.float64)
    null = _sign_flips(values, _checked_resamples(n_resamples), np.random.default_rng(random_state))
    return _p_value(float(values.sum()), null, np.abs(values).sum(), alternative)


def _class_balanced(differences: ArrayLike, classes: ArrayLike | None) -> FloatArray:
    """Differences weighted so that each class counts alike; their common scale moves no p-value."""
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"differences must be (N,), N >= 1, finite; got shape {values.shape}")
    if classes is None:
        return values
    labels = _row_labels(classes, values, "classes")
    _, member, n = np.unique(labels, return_inverse=True, return_counts=True)
    return values / n[member]


def _row_labels(labels: ArrayLike, values: FloatArray, name: str) -> np.ndarray[Any, Any]:
    array = np.asarray(labels)
    if array.shape != values.shape:
        raise ValueError(f"{name} {array.shape} and differences {values.shape} must both be (N,)")
    return array


def _sign_flips(values: FloatArray, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    """Sums of the values under random signs, ``(n_resamples,)``.

    Values of one size are interchangeable: the count of their plus signs is one binomial draw, so
    a million hits and misses cost no more than a hundred.
    """
    sizes, n = np.unique(np.abs(values[values != 0]), return_counts=True)
    sums = [
        (2 * rng.binomial(n, 0.5, (size, n.size)) - n) @ sizes
        for size in _chunks(n_resamples, n.size)
    ]
    return np.concatenate(sums)


def checked_alternative(alternative: str) -> str:
    """The alternative, if it is one."""
    if alternative not in ("two-sided", "less", "greater"):
        raise ValueError(f"alternative must be two-sided, less or greater, got {alternative!r}")
    return alternative


def _p_value(observed: float, null: FloatArray, scale: float, alternative: str) -> float:
    """Share of draws, the observed one included, that are as extreme around 0."""
    sided = {"two-sided": np.abs, "less": np.negative, "greater": np.positive}
    extreme = sided[checked_alternative(alternative)]
    # Ties count as extreme; without the slack, rounding would decide them.
    hits = int(np.count_nonzero(extreme(null) >= extreme(observed) - 1e-12 * scale))
    return (1 + hits) / (1 + null.size)


def _checked_resamples(n_resamples: int) -> int:
    if n_resamples < 1:
        raise ValueError(f"n_resamples must be at least 1, got {n_resamples}")
    return n_resamples


def _chunks(n_resamples: int, numbers_each: int) -> list[int]:
    """Sizes of the batches of draws that keep memory at ``CHUNK`` numbers."""
    size = min(n_resamples, max(1, CHUNK // max(1, numbers_each)))
    return [min(size, n_resamples - start) for start in range(0, n_resamples, size)]
