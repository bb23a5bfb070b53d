"""The confusion matrix, and how a formula on it becomes a metric."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Protocol, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import FloatArray, IntArray, label_pair

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


def confusion_matrix(
    target: ArrayLike, predicted: ArrayLike, n_classes: int | None = None
) -> IntArray:
    """How often each class was predicted as each: rows are the truth, columns the prediction.

    Parameters
    ----------
    target, predicted : (N,) class numbers 0..K-1
    n_classes : int, optional
        K; by default one more than the largest number in either.

    Returns
    -------
    (K, K) counts that sum to N.

    Raises
    ------
    ValueError
        Shapes differ, there are no rows, or a label lies outside 0..K-1.

    >>> confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2])
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    truth, guess = label_pair(target, predicted)
    largest = int(max(truth.max(), guess.max()))
    k = largest + 1 if n_classes is None else n_classes
    if largest >= k:
        raise ValueError(f"label {largest} lies outside the {k} classes 0..{k - 1}")
    return np.bincount(truth * k + guess, minlength=k * k).reshape(k, k).astype(np.int64)


class ConfusionMetric(Protocol[R_co]):
    """A metric of decisions: call it with labels, or ``from_confusion`` with the matrix."""

    def __call__(
        self, target: ArrayLike, predicted: ArrayLike, n_classes: int | None = None
    ) -> R_co: ...

    def from_confusion(self, confusion: ArrayLike) -> R_co:
        """The same metric from a ``(K, K)`` matrix of non-negative (also fractional) counts."""
        ...


def of_confusion(formula: Callable[[FloatArray], R]) -> ConfusionMetric[R]:
    """Make ``metric(target, predicted, n_classes)`` and ``metric.from_confusion(matrix)``."""

    def metric(target: ArrayLike, predicted: ArrayLike, n_classes: int | None = None) -> R:
        return formula(confusion_matrix(target, predicted, n_classes).astype(np.float64))

    def from_confusion(confusion: ArrayLike) -> R:
        return formula(_checked(confusion))

    # No __wrapped__ and no annotations: help() must show (target, predicted, n_classes).
    update_wrapper(metric, formula, ("__module__", "__name__", "__qualname__", "__doc__"), ())
    del metric.__wrapped__  # type: ignore[attr-defined]
    metric.from_confusion = from_confusion  # type: ignore[attr-defined]
    return cast(ConfusionMetric[R], metric)


def _checked(confusion: ArrayLike) -> FloatArray:
    matrix = np.asarray(confusion, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a confusion matrix must be (K, K), got shape {matrix.shape}")
    if not (np.isfinite(matrix).all() and (matrix >= 0).all() and matrix.sum() > 0):
        raise ValueError("a confusion matrix must hold finite counts >= 0, not all of them 0")
    return matrix
