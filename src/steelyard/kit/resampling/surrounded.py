"""Rows with only their own class around them, told without finding their neighbours."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from steelyard.kit.metrics.arrays import FloatArray, IntArray
from steelyard.kit.resampling.distances import ROWS_AT_ONCE, Bounds, Points

LEAF_ROWS = 512
TREES = 4


def surrounded(points: Points, own: IntArray, others: IntArray, count: int) -> NDArray[np.bool_]:
    """``(R,)`` whether ``count`` rows of ``own``, itself one, are nearer than any of ``others``.

    ``own`` is split into leaves of near rows, differently in each of a few trees. ``count`` rows of
    one leaf under the distance to the nearest of ``others`` are proof; rows without one go through
    all of ``own`` until they have it. Rounding never makes a proof, so False says nothing.
    """
    nearest_other = _nearest_bound(points, own, others)
    open_rows = np.ones(own.size, bool)
    rng = np.random.default_rng(0)
    for _ in range(TREES):
        for leaf in _leaves(points, own, np.arange(own.size), rng):
            asked = leaf[open_rows[leaf]]
            if not asked.size:
                continue
            bounds = Bounds(points, own[leaf], upper=True)
            under = bounds.threshold(own[asked], nearest_other[asked])
            near = bounds.below(bounds.query(own[asked]), slice(None)) < under
            open_rows[asked[np.count_nonzero(near, axis=1) >= count]] = False
    left = np.flatnonzero(open_rows)
    bounds = Bounds(points, own, upper=True)
    for start in range(0, left.size, ROWS_AT_ONCE):
        part = left[start : start + ROWS_AT_ONCE]
        open_rows[part] = ~_proven(bounds, own[part], nearest_other[part], count)
    return ~open_rows


def _proven(
    bounds: Bounds, rows: IntArray, nearest_other: FloatArray, count: int
) -> NDArray[np.bool_]:
    """``(R,)`` whether ``count`` of all columns are under ``nearest_other``."""
    query, under = bounds.query(rows), bounds.threshold(rows, nearest_other)
    missing = np.full(rows.size, count)
    left = np.arange(rows.size)
    for block in bounds.blocks():
        near = bounds.below(query[left], block) < under[left]
        missing[left] -= np.count_nonzero(near, axis=1)
        left = left[missing[left] > 0]
        if not left.size:
            break
    return missing <= 0


def _nearest_bound(points: Points, rows: IntArray, columns: IntArray) -> FloatArray:
    """``(R,)``, no column's squared distance is less."""
    nearest = np.full(rows.size, np.inf)
    bounds = Bounds(points, columns)
    for start in range(0, rows.size, ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        query = bounds.query(rows[part])
        for block in bounds.blocks():
            least = bounds.level(rows[part], bounds.below(query, block).min(axis=1))
            nearest[part] = np.minimum(nearest[part], least)
    return nearest


def _leaves(
    points: Points, own: IntArray, node: IntArray, rng: np.random.Generator
) -> Iterator[IntArray]:
    """``node`` in halves, and those in halves, along the line between two of its rows."""
    if node.size <= LEAF_ROWS:
        yield node
        return
    one, other = points.single[own[rng.choice(node, 2, replace=False)]]
    with np.errstate(invalid="ignore"):  # as in `Bounds.below`
        along = points.single[own[node]] @ (one - other)
    halves = np.argpartition(along, node.size // 2)
    for half in (halves[: node.size // 2], halves[node.size // 2 :]):
        yield from _leaves(points, own, node[half], rng)
