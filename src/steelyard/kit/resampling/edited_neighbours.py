"""Edited nearest neighbours and what builds on it: rows at odds with their neighbours are left out.

Wilson, Asymptotic Properties of Nearest Neighbor Rules Using Edited Data, IEEE Transactions on
Systems, Man, and Cybernetics, 1972 (the rule); Tomek, An Experiment with the Edited
Nearest-Neighbor Rule, the same, 1976 (repeated, and with 1 to k neighbours); Laurikkala, Improving
Identification of Difficult Small Classes by Balancing Class Distribution, AIME 2001 (the
neighbourhood cleaning rule).
"""

from typing import Any

import numpy as np
from imblearn import under_sampling
from numpy.typing import NDArray

from steelyard.kit.metrics.arrays import IntArray
from steelyard.kit.resampling.any_table import ReadsAnyTable
from steelyard.kit.resampling.distances import Points
from steelyard.kit.resampling.neighbours import (
    SPARE,
    Neighbours,
    nearest,
    scikit_learn_neighbours,
)
from steelyard.kit.resampling.surrounded import surrounded
from steelyard.kit.resampling.worthwhile import is_plain, worthwhile


class EditedNearestNeighbours(ReadsAnyTable, under_sampling.EditedNearestNeighbours):  # type: ignore[misc]
    """imbalanced-learn's ``EditedNearestNeighbours``, its parameters and rows, in less time.

    Most rows of a large class have ``n_neighbors`` rows of their own class nearer than any other:
    a bound proves it without finding them. The others get exact neighbours, and where rows are
    equally near within the rounding, scikit-learn itself is asked, for those alone. Sparse and
    small tables and other metrics go imbalanced-learn's way altogether.
    """

    sampling_strategy_: dict[Any, int]

    def _fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, Any]:
        self._validate_estimator()
        if not (is_plain(self.nn_) and worthwhile(X, self.nn_.n_neighbors)):
            return self._by_numbers(X, y)
        self.nn_.fit(X)
        classes, codes = np.unique(y, return_inverse=True)
        points, kept = Points(X), []
        for code, label in enumerate(classes):
            rows = np.flatnonzero(codes == code)
            if label in self.sampling_strategy_:
                rows = rows[self._agree(X, points, codes, rows)]
            kept.append(rows)
        self.sample_indices_ = np.concatenate(kept)
        return X[self.sample_indices_], y[self.sample_indices_]

    def _by_numbers(self, X: Any, y: NDArray[Any]) -> tuple[Any, Any]:
        """imbalanced-learn's way, which takes the most frequent of numbers only."""
        classes, codes = np.unique(y, return_inverse=True)
        by_label = self.sampling_strategy_
        self.sampling_strategy_ = {
            code: by_label[label] for code, label in enumerate(classes) if label in by_label
        }
        super()._fit_resample(X, codes)
        self.sampling_strategy_ = by_label
        return X[self.sample_indices_], y[self.sample_indices_]

    def _agree(
        self, X: NDArray[Any], points: Points, codes: IntArray, rows: IntArray
    ) -> NDArray[np.bool_]:
        """``(R,)`` whether the neighbours of ``rows``, which are a whole class, are of it."""
        k = self.nn_.n_neighbors
        others = np.flatnonzero(codes != codes[rows[0]])
        kept = np.zeros(rows.size, bool)
        if 4 * rows.size > codes.size:
            enough = k if self.kind_sel == "all" else (k - 1) // 2 + 2
            kept = surrounded(points, rows, others, enough)
        left = np.flatnonzero(~kept)
        wider = min(k + SPARE, codes.size)
        found = nearest(points, rows[left], np.arange(codes.size), wider)
        agree, unsure = self._same_in_any_order(found, codes, int(codes[rows[0]]))
        if unsure.any():
            index = scikit_learn_neighbours(self.nn_, X[rows], left[unsure])[1]
            agree[unsure] = self._same(codes[index[:, 1:]], int(codes[rows[0]]))
        kept[left] = agree
        return kept

    def _same_in_any_order(
        self, found: Neighbours, codes: IntArray, code: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """``(R,)`` as `_same`, and ``(R,)`` where that hangs on how scikit-learn breaks ties."""
        k = self.nn_.n_neighbors
        labels = codes[found.columns]
        agree = self._same(labels[:, 1:k], code)
        sure = found.sure
        settled = sure[:, 0] & sure[:, k - 1]
        first, _ = found.contenders(1)
        among, complete = found.contenders(k)
        # the first, which is not counted, is of the class whichever of the tied rows it is
        complete &= (labels == code).all(axis=1, where=first)
        n_own = (among & (labels == code)).sum(axis=1)
        n_others = (among & (labels != code)).sum(axis=1)
        if self.kind_sel == "all":
            yes, no = n_others == 0, n_own < k
        else:
            yes = 2 * (k - n_others - 1) > k - 1
            other = np.where(among & (labels != code), labels, -1).max(axis=1)
            one_other = ((labels == code) | (labels == other[:, None])).all(axis=1, where=among)
            no = one_other & (2 * (k - n_own) > k - 1)
        agree = np.where(settled, agree, yes)
        return agree, ~settled & ~(complete & (yes | no))

    def _same(self, neighbours: IntArray, code: int) -> NDArray[np.bool_]:
        """``(R,)`` for the classes ``(R, k)`` of the neighbours; a tie is the lowest class's."""
        if self.kind_sel == "all":
            return np.asarray((neighbours == code).all(axis=1))
        counts = (neighbours[:, :, None] == neighbours[:, None, :]).sum(axis=2)
        most = counts == counts.max(axis=1, keepdims=True)
        return np.asarray(np.where(most, neighbours, np.iinfo(np.int64).max).min(axis=1) == code)


class RepeatedEditedNearestNeighbours(
    ReadsAnyTable,
    under_sampling.RepeatedEditedNearestNeighbours,  # type: ignore[misc]
):
    """imbalanced-learn's class of this name with our `EditedNearestNeighbours` in it."""

    enn_: Any

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        self.enn_ = EditedNearestNeighbours(**self.enn_.get_params(deep=False))


class AllKNN(ReadsAnyTable, under_sampling.AllKNN):  # type: ignore[misc]
    """imbalanced-learn's class of this name with our `EditedNearestNeighbours` in it."""

    enn_: Any

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        self.enn_ = EditedNearestNeighbours(**self.enn_.get_params(deep=False))


class NeighbourhoodCleaningRule(ReadsAnyTable, under_sampling.NeighbourhoodCleaningRule):  # type: ignore[misc]
    """imbalanced-learn's class of this name with our `EditedNearestNeighbours` as its default."""

    edited_nearest_neighbours_: Any

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        if self.edited_nearest_neighbours is None:
            given = self.edited_nearest_neighbours_.get_params(deep=False)
            self.edited_nearest_neighbours_ = EditedNearestNeighbours(**given)
