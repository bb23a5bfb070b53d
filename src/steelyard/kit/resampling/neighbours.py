"""Exact nearest or farthest rows, and how sure scikit-learn would find the same ones."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.kit.metrics.arrays import FloatArray, IntArray
from steelyard.kit.resampling.distances import ROWS_AT_ONCE, Bounds, Points


class Neighbours(NamedTuple):
    """The ``k`` nearest (or farthest) columns of each row, nearest (farthest) first.

    ``lower`` and ``upper`` enclose whatever squared distance scikit-learn computes, with its sign
    turned where the farthest were sought, and ``rest`` lies under it for every column not listed.
    """

    columns: IntArray  # (R, k)
    lower: FloatArray  # (R, k)
    upper: FloatArray  # (R, k)
    rest: FloatArray  # (R,)

    @property
    def sure(self) -> NDArray[np.bool_]:
        """``(R, k)``: the first 1, 2, .., k columns are scikit-learn's first in any case.

        Where they are not, rows are equally far within the rounding, and scikit-learn decides by
        the order in which its heap or tree came upon them.
        """
        beyond = np.minimum.accumulate(self.lower[:, :0:-1], axis=1)[:, ::-1]
        beyond = np.minimum(np.hstack([beyond, self.rest[:, None]]), self.rest[:, None])
        return np.asarray(np.maximum.accumulate(self.upper, axis=1) < beyond)

    def contenders(self, k: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """``(R, columns)`` which may be among scikit-learn's first k; ``(R,)`` if these are all."""
        bar = self.upper[:, k - 1]
        return np.asarray(self.lower <= bar[:, None]), np.asarray(self.rest > bar)


SPARE = 4  # neighbours found beyond those asked for, to know all that are equally near


def nearest(points: Points, rows: IntArray, columns: IntArray, k: int, sign: int = 1) -> Neighbours:
    """The ``k`` nearest ``columns`` of each of ``rows``, or the farthest with ``sign=-1``.

    Single-precision bounds leave a handful of candidates a row; their distances are computed
    in double precision. Memory is a few MiB and the answer.

    Parameters
    ----------
    rows : (R,) and columns : (C,) row numbers of ``points``; a row is its own nearest column
    k : at most C
    """
    bounds = Bounds(points, columns, sign)
    starts = range(0, rows.size, ROWS_AT_ONCE)
    parts = [_block(bounds, rows[start : start + ROWS_AT_ONCE], k) for start in starts]
    parts.append(_nothing_yet(0, k))
    return Neighbours(
        np.concatenate([part.columns for part in parts]),
        np.concatenate([part.lower for part in parts]),
        np.concatenate([part.upper for part in parts]),
        np.concatenate([part.rest for part in parts]),
    )


def _nothing_yet(n_rows: int, k: int) -> Neighbours:
    far = np.full((n_rows, k), np.inf)
    return Neighbours(np.zeros((n_rows, k), np.int64), far, far, np.full(n_rows, np.inf))


def _block(bounds: Bounds, rows: IntArray, k: int) -> Neighbours:
    points, query = bounds.points, bounds.query(rows)
    found = _nothing_yet(rows.size, k)
    for block in bounds.blocks():
        below = bounds.below(query, block)
        columns = bounds.columns[block]
        if block.start == 0 and columns.size > k:
            # the first block's likeliest k set the bar that the other candidates must pass
            r, c = np.repeat(np.arange(rows.size), k), columns[_low_ones(below, k).ravel()]
            bar = bounds.sign * points.exact(rows[r], c) + points.slack[rows[r]] + points.slack[c]
            wanted = bar.reshape(-1, k).max(axis=1)
        else:
            wanted = found.upper[:, -1]
        hits = np.flatnonzero(below <= bounds.threshold(rows, wanted))
        for start in range(0, hits.size, MOST_HITS):
            r, c = np.divmod(hits[start : start + MOST_HITS], columns.size)
            found = _with(found, bounds, rows, r, columns[c])
    return found


def _low_ones(values: NDArray[np.float32], k: int) -> IntArray:
    """``(R, k)`` columns with low ``values`` (R, C): the best of each of the k best groups."""
    n_rows, n_columns = values.shape
    size = 16 if n_columns >= 16 * k else 1  # the least of 16 is found at once, sorting is slow
    grouped = values[:, : n_columns // size * size].reshape(n_rows, size, -1)
    best = np.argpartition(grouped.min(axis=1), k - 1, axis=1)[:, :k]
    within = np.take_along_axis(grouped, best[:, None, :], axis=2).argmin(axis=1)
    return np.asarray(within * grouped.shape[2] + best)


MOST_HITS = 200_000  # many copies of a row are all candidates: taken in turns they need no room


def _with(
    found: Neighbours, bounds: Bounds, rows: IntArray, r: IntArray, columns: IntArray
) -> Neighbours:
    """``found`` with candidates ``columns`` (M,) of rows ``r`` (M,), ascending, sorted in."""
    if not r.size:
        return found
    points, (n_rows, k) = bounds.points, found.columns.shape
    distance = bounds.sign * points.exact(rows[r], columns)
    slack = points.slack[rows[r]] + points.slack[columns]
    counts = np.bincount(r, minlength=n_rows)
    at = k + np.arange(r.size) - (np.cumsum(counts) - counts)[r]
    index = np.zeros((n_rows, k + int(counts.max())), np.int64)
    lower, upper = np.full((2, *index.shape), np.inf)
    index[:, :k], lower[:, :k], upper[:, :k] = found.columns, found.lower, found.upper
    index[r, at], lower[r, at], upper[r, at] = columns, distance - slack, distance + slack
    order = np.argsort(upper, axis=1, kind="stable")
    index, lower, upper = (np.take_along_axis(a, order, axis=1) for a in (index, lower, upper))
    rest = np.minimum(found.rest, lower[:, k:].min(axis=1, initial=np.inf))
    return Neighbours(index[:, :k], lower[:, :k], upper[:, :k], rest)


def scikit_learn_neighbours(
    nn: Any, queries: NDArray[Any], positions: IntArray, n_neighbors: int | None = None
) -> tuple[FloatArray, IntArray]:
    """``nn.kneighbors(queries)`` at ``positions``, equal to the last tie, for few positions' price.

    scikit-learn's brute force rounds and breaks ties by where in its blocks of queries a row
    stands, so whole blocks are asked for, and enough of them that it takes the same way through.

    Returns
    -------
    distance : (P, k)
    index : (P, k)
    """
    from sklearn import get_config
    from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

    size = get_config()["pairwise_dist_chunk_size"]
    threads = max([1, *(pool["num_threads"] for pool in threadpool_info())])
    n_blocks = -(-len(queries) // size)
    needed = np.unique(positions // size)
    least = 4 * threads + 2
    if needed.size < least and n_blocks > least:
        others = np.setdiff1d(np.arange(n_blocks), needed)
        needed = np.sort(np.append(needed, others[: least - needed.size]))
    elif n_blocks <= least:
        needed = np.arange(n_blocks)
    asked = (needed[:, None] * size + np.arange(size)).ravel()
    asked = asked[asked < len(queries)]
    at = np.searchsorted(asked, positions)
    distance, index = nn.kneighbors(queries[asked], n_neighbors=n_neighbors)
    return distance[at], index[at].astype(np.int64)
