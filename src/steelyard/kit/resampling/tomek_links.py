"""Tomek links: pairs of rows of two classes, each the other's nearest neighbour.

Tomek, Two Modifications of CNN, IEEE Transactions on Systems, Man, and Cybernetics, 1976.
"""

from typing import Any

import numpy as np
from imblearn import under_sampling
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from steelyard.kit.metrics.arrays import IntArray
from steelyard.kit.resampling.any_table import ReadsAnyTable
from steelyard.kit.resampling.distances import ROWS_AT_ONCE, Points
from steelyard.kit.resampling.neighbours import SPARE, nearest, scikit_learn_neighbours
from steelyard.kit.resampling.worthwhile import worthwhile


class TomekLinks(ReadsAnyTable, under_sampling.TomekLinks):  # type: ignore[misc]
    """imbalanced-learn's ``TomekLinks``, its parameters and its rows, in a fraction of the time.

    A link has an end outside the largest class, so only those rows need their nearest neighbour,
    and then these neighbours theirs. Where rows are equally near within the rounding,
    scikit-learn itself is asked, for those alone. Sparse and small tables go its way altogether.

    >>> X = [[0.0], [1.0], [1.1], [5.0], [6.0], [7.0]]
    >>> TomekLinks().fit_resample(X, [1, 1, 0, 0, 0, 0])[1]
    [1, 1, 0, 0, 0]
    """

    def _fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, Any]:
        if not worthwhile(X, n_neighbors=2):
            return super()._fit_resample(X, y)  # type: ignore[no-any-return]
        classes, codes = np.unique(y, return_inverse=True)
        wanted = np.isin(classes, list(self.sampling_strategy_))
        links = np.zeros(y.size, bool)
        for one, other in tomek_pairs(X, codes, self.n_jobs):
            links[one] |= wanted[codes[one]]
            links[other] |= wanted[codes[other]]
        self.sample_indices_ = np.flatnonzero(~links)
        return X[self.sample_indices_], y[self.sample_indices_]


def tomek_pairs(X: NDArray[Any], codes: IntArray, n_jobs: int | None = None) -> IntArray:
    """``(P, 2)`` row numbers of the links in ``X (N, D)`` with classes ``codes (N,)``."""
    points = Points(X)
    nn = NearestNeighbors(n_neighbors=2, n_jobs=n_jobs).fit(X)
    closest = np.full(codes.size, -1, np.int64)

    def find(rows: IntArray) -> None:
        found = nearest(points, rows, np.arange(codes.size), min(2 + SPARE, codes.size))
        closest[rows] = found.columns[:, 1]
        among, complete = found.contenders(2)
        own = (codes[found.columns] == codes[rows][:, None]).all(axis=1, where=among) & complete
        closest[rows[own]] = rows[own]  # whichever of the tied it is, it makes no link
        unsure = rows[~found.sure[:, :2].all(axis=1) & ~own]
        if 2 * unsure.size > codes.size // ROWS_AT_ONCE:  # then nearly all blocks are to be asked
            unsure = np.arange(codes.size)
        if unsure.size:
            closest[unsure] = scikit_learn_neighbours(nn, X, unsure)[1][:, 1]

    ends = np.flatnonzero(codes != np.bincount(codes).argmax())
    find(ends)
    ends = ends[codes[closest[ends]] != codes[ends]]
    partners = np.unique(closest[ends])
    find(partners[closest[partners] < 0])
    ends = ends[closest[closest[ends]] == ends]
    return np.stack([ends, closest[ends]], axis=1)
