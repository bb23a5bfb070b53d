"""Squared distances fast in single precision, with bounds that no rounding crosses."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.kit.metrics.arrays import FloatArray, IntArray

SingleArray = NDArray[np.float32]

ROWS_AT_ONCE = 256
COLUMNS_AT_ONCE = 2048  # with 256 rows 2 MiB of single precision, which stays in the cache
PAIRS_AT_ONCE = 20_000
NOTHING = 1e-35  # what products of numbers too small for single precision may lose


class Points:
    """Rows centred and scaled so that single precision cannot overflow.

    Distances are squared and in scaled units: multiply by ``scale`` squared for those of ``X``.
    Between rows i and j the error of scikit-learn's distance, whichever of its methods finds it, is
    below ``slack[i] + slack[j]``, and so is that of `exact` (Higham, Accuracy and Stability of
    Numerical Algorithms, 2002, equation 3.5, for the dot product it uses).

    Parameters
    ----------
    X : (N, D), finite
    """

    def __init__(self, X: ArrayLike) -> None:
        given = np.asarray(X)
        self.X = np.ascontiguousarray(given, dtype=np.float64)
        n_terms = self.X.shape[1] + 10
        centred = self.X - self.X.mean(axis=0)
        largest = float(np.abs(centred).max(initial=0.0))
        # a power of two scales without rounding
        self.scale = float(np.ldexp(1.0, int(np.frexp(largest)[1]))) if largest else 1.0
        centred /= self.scale
        self.norms = np.einsum("nd,nd->n", centred, centred)
        rounding = np.finfo(np.float64).eps
        slack = n_terms * rounding * np.einsum("nd,nd->n", self.X, self.X) / self.scale**2
        if given.dtype == np.float32:  # trees subtract in the precision that they are given
            slack += 4 * np.finfo(np.float32).eps * self.norms
        self.slack: FloatArray = 4 * slack + NOTHING
        self.margin = self.slack + 4 * n_terms * np.finfo(np.float32).eps * self.norms + NOTHING
        self.single: SingleArray = centred.astype(np.float32)

    def exact(self, rows: IntArray, columns: IntArray) -> FloatArray:
        """``(M,)`` squared distances of the pairs ``rows (M,)``, ``columns (M,)``."""
        squared = np.empty(rows.size)
        for start in range(0, rows.size, PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            difference = self.X[rows[part]] - self.X[columns[part]]
            difference /= self.scale
            np.einsum("nd,nd->n", difference, difference, out=squared[part])
        return squared


class Bounds:
    """Bounds below ``sign`` times the squared distance from any row to the ``columns``, in blocks.

    ``below(block, rows)`` leaves out what depends on the row alone; `threshold` puts it into the
    number that the block is compared with. So a block costs one product of matrices.
    """

    def __init__(
        self, points: Points, columns: IntArray, sign: int = 1, upper: bool = False
    ) -> None:
        # in random order every block is a fair sample; the answer does not depend on it
        self.columns: IntArray = np.random.default_rng(0).permutation(columns)
        self.points, self.sign, self.upper = points, sign, upper
        margin = points.margin[self.columns] * (1 if upper else -1)
        self.by_column = np.empty((points.single.shape[1] + 1, columns.size), np.float32)
        self.by_column[:-1] = points.single[self.columns].T * np.float32(-2 * sign)
        self.by_column[-1] = sign * points.norms[self.columns] + margin

    def blocks(self) -> Iterator[slice]:
        for start in range(0, self.columns.size, COLUMNS_AT_ONCE):
            yield slice(start, min(start + COLUMNS_AT_ONCE, self.columns.size))

    def query(self, rows: IntArray) -> SingleArray:
        """``rows`` (R,) made ready for `below`."""
        return np.hstack([self.points.single[rows], np.ones((rows.size, 1), np.float32)])

    def below(self, query: SingleArray, block: slice) -> SingleArray:
        """``(R, C)`` bounds for the columns ``self.columns[block]``, less what the row adds."""
        # Of finite rows it is finite; matmul has been seen to report what it met in unused lanes.
        with np.errstate(invalid="ignore"):
            return np.asarray(query @ self.by_column[:, block])

    def threshold(self, rows: IntArray, wanted: FloatArray) -> SingleArray:
        """``(R, 1)`` to compare a block with: at most it where the bound is at most ``wanted``.

        For upper bounds the comparison is the strict one the other way round: what lies under the
        threshold has a bound under ``wanted``.
        """
        side = -1 if self.upper else 1
        points = self.points
        exact = wanted - self.sign * points.norms[rows] + side * points.margin[rows]
        rounded: SingleArray = np.nextafter(exact.astype(np.float32), np.float32(side * np.inf))
        return rounded[:, None]

    def level(self, rows: IntArray, found: SingleArray) -> FloatArray:
        """``(R,)`` the bounds themselves for one value ``found`` of a block a row."""
        points, side = self.points, 1 if self.upper else -1
        return np.asarray(found + self.sign * points.norms[rows] + side * points.margin[rows])
