"""NearMiss: rows of the larger classes chosen by their distance to the smallest class.

Mani and Zhang, kNN Approach to Unbalanced Data Distributions: A Case Study Involving Information
Extraction, ICML workshop on learning from imbalanced datasets, 2003.
"""

from typing import Any

import numpy as np
from imblearn import under_sampling
from numpy.typing import NDArray

from steelyard.kit.metrics.arrays import FloatArray, IntArray
from steelyard.kit.resampling.any_table import ReadsAnyTable
from steelyard.kit.resampling.distances import Points
from steelyard.kit.resampling.neighbours import nearest, scikit_learn_neighbours
from steelyard.kit.resampling.worthwhile import is_plain, worthwhile

CELLS_AT_ONCE = 1 << 21  # distances that scikit-learn may return in one answer: 32 MiB


class NearMiss(ReadsAnyTable, under_sampling.NearMiss):  # type: ignore[misc]
    """imbalanced-learn's ``NearMiss``, its parameters and rows; version 2 in less time and memory.

    Version 2 takes the rows with the least mean distance to the ``n_neighbors`` farthest rows of
    the smallest class. Only those are looked for; imbalanced-learn sorts the distances to all.
    Versions 1 and 3 have few neighbours to find and are imbalanced-learn's own.
    """

    def _fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, Any]:
        self._validate_estimator()
        k = self.nn_.n_neighbors
        if self.version != 2 or not (is_plain(self.nn_) and worthwhile(X, k)):
            return super()._fit_resample(X, y)  # type: ignore[no-any-return]
        classes, first, counts = np.unique(y, return_index=True, return_counts=True)
        # of equally rare classes the one met first, as a Counter has it
        rare = np.flatnonzero(y == classes[np.lexsort([first, counts])[0]])
        self.nn_.fit(X[rare])
        points, selected = Points(X), []
        for label in classes:
            rows = np.flatnonzero(y == label)
            if label in self.sampling_strategy_:
                wanted = self.sampling_strategy_[label]
                distance = self._to_farthest(X, points, rows, rare, wanted)
                rows = rows[self._selection_dist_based(X, y, distance, wanted, label)]
            selected.append(rows)
        self.sample_indices_ = np.concatenate(selected)
        return X[self.sample_indices_], y[self.sample_indices_]

    def _to_farthest(
        self, X: NDArray[Any], points: Points, rows: IntArray, rare: IntArray, wanted: int
    ) -> FloatArray:
        """``(R, k)`` distances from ``rows`` to their farthest ``rare`` ones, ascending.

        Their sums sort the ``wanted`` least to the front in the order of scikit-learn's numbers.
        """
        k = min(self.nn_.n_neighbors, rare.size)
        found = nearest(points, rows, rare, k, sign=-1)
        squared = points.exact(np.repeat(rows, k), found.columns.ravel()).reshape(-1, k)
        distance = np.sort(np.sqrt(squared), axis=1) * points.scale
        error = 4 * (points.slack[rows] + points.slack[rare].max())[:, None]
        with np.errstate(divide="ignore"):
            slack = np.minimum(np.sqrt(error), error / np.sqrt(squared)).sum(axis=1) * points.scale
        total = distance.sum(axis=1)
        slack += 16 * k * np.finfo(np.float64).eps * total
        unsure = _unsure(total, slack, wanted)
        step = max(1, CELLS_AT_ONCE // rare.size)
        for start in range(0, unsure.size, step):
            asked = unsure[start : start + step]
            answer, _ = scikit_learn_neighbours(
                self.nn_, X[rows[asked]], np.arange(asked.size), rare.size
            )
            distance[asked] = answer[:, -k:]
        return distance


def _unsure(total: FloatArray, slack: FloatArray, wanted: int) -> IntArray:
    """Rows among the ``wanted`` least, or maybe so, whose place the rounding could change."""
    order = np.argsort(total + slack, kind="stable")
    low, high = (total - slack)[order], (total + slack)[order]
    if wanted < total.size:
        front = low <= high[min(wanted, total.size) - 1]
        order, low, high = order[front], low[front], high[front]
    if order.size < 2:
        return order[:0]
    # sorted by the upper end: one touches an earlier one if its lower end is under the last upper
    # end, a later one if any later lower end is under its own upper end
    touches = np.zeros(order.size, bool)
    touches[1:] = low[1:] <= high[:-1]
    touches[:-1] |= np.minimum.accumulate(low[::-1])[::-1][1:] <= high[:-1]
    return order[touches]
