"""Columns quantised once, to codes in one byte that all members of an ensemble share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from steelyard.kit.metrics.arrays import FloatArray, IntArray

Codes = NDArray[np.uint8]

MAX_BINS = 254  # code 0 means missing, so a byte has room for one more than needed
CELLS = 4096  # of a column's range; more find fewer edges inside and cost more to set up
ROWS_FOR_EDGES = 50_000  # a quantile of so many rows is right to half a percent of the rows


@dataclass(frozen=True)
class Bins:
    """Edges of each column; a value's code is 1 plus the edges below it, and 0 if it is missing.

    A tree sees only the order of values, so it loses no more than the splits inside a bin.

    >>> bins = Bins.of(np.array([[1.0], [3.0], [np.nan], [9.0]]))
    >>> bins.codes(np.array([[0.0], [3.5], [7.0], [np.nan]])).ravel()
    array([1, 2, 3, 0], dtype=uint8)
    """

    edges: tuple[FloatArray, ...]

    @classmethod
    def of(cls, X: FloatArray) -> "Bins":
        """Learn the edges of ``X (N, D)``: midway between values if few, quantiles if many."""
        step = max(1, X.shape[0] // ROWS_FOR_EDGES)
        return cls(tuple(_edges(column) for column in _columns(X[::step])))

    def codes(self, X: FloatArray) -> Codes:
        """``(N, D)`` codes of any rows of the same columns."""
        codes = np.empty(X.shape, dtype=np.uint8, order="F")
        for j, (edges, column) in enumerate(zip(self.edges, _columns(X))):
            codes[:, j] = _codes(column, edges)
        return np.ascontiguousarray(codes)


def _columns(X: Any) -> Iterator[FloatArray]:
    """The columns of a dense or a sparse table, one at a time and dense."""
    if issparse(X):
        by_column = X.tocsc()
        return (by_column[:, [j]].toarray().ravel() for j in range(X.shape[1]))
    return (np.ascontiguousarray(column) for column in X.T)


def _codes(column: FloatArray, edges: FloatArray) -> Codes:
    """1 + the edges below each value, 0 for NaN: `searchsorted`, mostly looked up.

    The range of the edges is cut into cells of equal width. The cell of a value never falls where
    the value grows, so a cell without an edge has one code; the few other values are searched.
    """
    gaps = np.isnan(column)
    with np.errstate(over="ignore"):
        width = edges[-1] - edges[0] if edges.size > 1 else np.inf
        scale = CELLS / width if width > 0 else np.inf
    if len(column) < CELLS or not 0 < scale < np.inf:
        codes = np.searchsorted(edges, column) + 1
    else:
        cell = _cells(np.where(gaps, edges[0], column), edges[0], scale)
        inside = np.bincount(_cells(edges, edges[0], scale), minlength=CELLS + 2)
        codes = (np.cumsum(inside) - inside + 1)[cell]
        searched = np.flatnonzero(inside[cell])
        codes[searched] = np.searchsorted(edges, column[searched]) + 1
    return np.where(gaps, 0, codes).astype(np.uint8)


def _cells(values: FloatArray, low: float, scale: float) -> IntArray:
    with np.errstate(over="ignore"):
        place = (values - low) * scale
    return np.clip(place, -1, CELLS).astype(np.int64) + 1


def _edges(column: FloatArray) -> FloatArray:
    values = np.sort(column[~np.isnan(column)])
    if values.size == 0:
        return np.empty(0)
    distinct = values[np.r_[True, values[1:] > values[:-1]]]
    if distinct.size <= MAX_BINS:
        lower, upper = distinct[:-1], distinct[1:]
        middle = lower / 2 + upper / 2
        return np.where(middle < upper, middle, lower)  # neighbours have nothing between them
    at = np.linspace(0, values.size - 1, MAX_BINS + 1)[1:-1].astype(int)
    return np.unique(values[at])
