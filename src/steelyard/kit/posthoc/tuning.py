"""Tuning a number of a decision rule on a goal: which rows, how good, and the top of the curve."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.kit.metrics import Goal
from steelyard.kit.metrics.arrays import FloatArray
from steelyard.kit.posthoc.rule import Labels, Proba, argmax, softmax

AT_MOST = 100_000  # rows to tune on; more change tau by less than its own noise


@dataclass(frozen=True)
class Objective:
    """A goal over the rows used for tuning; more is better whatever the goal's direction.

    ``weight (M,)`` is the number of given rows that each kept row stands for.
    """

    goal: Goal
    target: Labels
    weight: FloatArray
    n_classes: int

    def of_scores(self, scores: Proba) -> float:
        """The goal when each row gets the class with the highest of ``scores (M, K)``."""
        if self.goal.needs == "proba":
            return self._signed(self.goal(self.target, softmax(scores)))
        return self.of_confusion(self.confusion(argmax(scores)))

    def of_confusion(self, confusion: FloatArray) -> float:
        """The goal of a weighted confusion matrix (K, K)."""
        return self._signed(self.goal.function.from_confusion(confusion))  # type: ignore[attr-defined]

    def confusion(self, predicted: Labels) -> FloatArray:
        """Weighted confusion matrix (K, K) of ``predicted (M,)``."""
        k = self.n_classes
        cells = np.bincount(self.target * k + predicted, self.weight, minlength=k * k)
        return np.asarray(cells, dtype=np.float64).reshape(k, k)

    def _signed(self, value: float) -> float:
        return value if self.goal.higher_is_better else -value


def rows_to_tune_on(
    target: Labels, n_classes: int, goal: Goal, at_most: int = AT_MOST
) -> tuple[NDArray[np.int64], FloatArray]:
    """Row indices (M,) and how many rows each stands for; the same for the same input.

    For goals of decisions the largest classes are thinned out and no rare row is lost. Goals of
    probabilities take no weights, so there every class is thinned out alike.
    """
    n = target.size
    if n <= at_most:
        return np.arange(n), np.ones(n)
    counts = np.bincount(target, minlength=n_classes)
    if goal.needs == "proba":
        keep = np.ceil(counts * (at_most / n)).astype(np.int64)
    else:
        keep = np.minimum(counts, _cap(counts, at_most))
    shuffled = np.random.default_rng(0).permutation(n)
    by_class = shuffled[np.argsort(target[shuffled], kind="stable")]
    starts = np.cumsum(counts) - counts
    rows = np.sort(np.concatenate([by_class[s : s + m] for s, m in zip(starts, keep)]))
    share = counts / np.maximum(keep, 1)
    return rows, np.ones(rows.size) if goal.needs == "proba" else share[target[rows]]


def _cap(counts: NDArray[np.int64], at_most: int) -> int:
    """The largest cap for which ``sum(minimum(counts, cap)) <= at_most``."""
    left, ascending = at_most, np.sort(counts)
    for smaller, n in enumerate(ascending):
        share = left // (ascending.size - smaller)
        if n > share:
            return int(share)
        left -= int(n)
    return int(ascending[-1])


def top_of_curve(grid: ArrayLike, values: ArrayLike, width: float) -> float:
    """Where a noisy curve over an even ``grid`` is highest once smoothed; ties go nearest to 0.

    The curve is a step function of few rare rows: its highest step is an accident, the middle of
    its high ground is not. ``width`` is the standard deviation of the Gaussian window.

    >>> top_of_curve([0, 1, 2, 3, 4, 5, 6], [0, 0.9, 0, 0.8, 0.8, 0.8, 0], width=1)
    4.0
    """
    x, y = np.asarray(grid, dtype=np.float64), np.asarray(values, dtype=np.float64)
    window = np.exp(-0.5 * ((x[:, None] - x) / width) ** 2)
    smooth = window @ y / window.sum(axis=1)
    high = np.flatnonzero(smooth >= smooth.max() - 1e-9 * max(1.0, float(np.ptp(y))))
    return float(x[high[np.abs(x[high]).argmin()]])
