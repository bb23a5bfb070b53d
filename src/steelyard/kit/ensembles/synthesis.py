"""Synthetic rows between a row and one of its neighbours, from one table of neighbours a fit.

Chawla et al., SMOTE, JAIR 2002, section 4.2. Members need synthetic rows anew and neighbours never,
so neighbours are searched once, where imbalanced-learn's samplers search in every call. Rows live
as members read them: where that is shared codes, neighbours are near in the ranks of their values,
so no unit decides, and a synthetic row lies between the ranks.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import NearestNeighbors

from steelyard.kit.ensembles.drawing import Rows
from steelyard.kit.ensembles.features import Features, Matrix
from steelyard.kit.metrics.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Neighbours:
    """Rows of one class as members read them, and for each the numbers of its nearest, (n, k)."""

    features: Features
    index: Rows
    rows: Matrix
    table: IntArray

    @classmethod
    def of(cls, features: Features, index: Rows, k_neighbors: int) -> "Neighbours":
        """Search among the rows ``index``; fewer than ``k_neighbors`` others are all taken."""
        rows = features.dense_rows(index)
        k = min(k_neighbors, len(index) - 1)
        if k < 1:
            return cls(features, index, rows, np.zeros((len(index), 1), dtype=np.int64))
        nearest = NearestNeighbors(n_neighbors=k).fit(on_one_scale(features, rows))
        return cls(features, index, rows, nearest.kneighbors(return_distance=False))

    def synthesise(self, n: int, rng: np.random.Generator) -> tuple[Matrix, Rows]:
        """``n`` rows and the numbers in ``index`` of the rows they start from.

        Every row starts as many, give or take one. A category is either row's, whichever a coin
        says; where the neighbour has a gap the value is the row's own.
        """
        start = np.resize(rng.permutation(len(self.index)), n)
        end = self.table[start, rng.integers(0, self.table.shape[1], n)]
        way = np.repeat(rng.random((n, 1)), self.rows.shape[1], axis=1)
        if self.features.categorical.any():
            way[:, self.features.categorical] = rng.random((n, 1)) < 0.5
        first, second = self.rows[start], self.rows[end]
        # from the row to itself where there is nothing to go to
        second = np.where(self.features.missing(second), first, second)
        gap = self.features.missing(first)
        made = first + way.astype(first.dtype) * (second - first)
        return np.where(gap, first, made).astype(first.dtype), self.index[start]


def on_one_scale(features: Features, rows: Matrix) -> FloatArray:
    """Rows for distances: numbers standardised, gaps at the median, categories as indicators.

    Two categories are as far apart as numbers one standard deviation apart (Chawla et al. 2002,
    section 6.1: the median of the standard deviations, which are all 1 here).
    """
    columns = []
    gaps = features.missing(rows)
    for j, is_category in enumerate(features.categorical.tolist()):
        column, known = rows[:, j].astype(np.float64), ~gaps[:, j]
        if is_category:
            values = np.unique(column[known])
            columns.append((column[:, None] == values) / np.sqrt(2))
        elif known.any():
            column[~known] = np.median(column[known])
            columns.append((column - column.mean())[:, None] / (column.std() or 1.0))
    return np.concatenate(columns, axis=1) if columns else np.zeros((len(rows), 1))


def neighbours_of_classes(
    features: Features, by_class: list[Rows], grow: IntArray, k_neighbors: int
) -> tuple[dict[int, Neighbours], list[str]]:
    """The neighbours of the classes ``grow``, and a note for each that has too few rows.

    Raises
    ------
    ValueError
        ``k_neighbors`` under 1.
    """
    if not isinstance(k_neighbors, (int, np.integer)) or k_neighbors < 1:
        raise ValueError(f"k_neighbors must be at least 1, got {k_neighbors!r}")
    found = {int(k): Neighbours.of(features, by_class[k], k_neighbors) for k in grow}
    notes = [
        f"class number {k} has {len(near.index)} rows, so {max(len(near.index) - 1, 0)} "
        f"neighbours instead of {k_neighbors}" + (": its row is repeated" * (len(near.index) == 1))
        for k, near in found.items()
        if len(near.index) <= k_neighbors
    ]
    return found, notes
