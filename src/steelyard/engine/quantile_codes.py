"""Quantile codes: columns as at most 255 ordered codes, before a learner bins them itself."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_CODES = 255


@dataclass(frozen=True)
class QuantileCodes:
    """``edges`` holds the inner bounds of each of D columns; empty for one left as it is.

    scikit-learn's histogram boosting looks for weighted quantiles one by one, which takes ten times
    as long as the boosting; on columns of few values it need not look. Codes keep all that its 255
    bins would have kept.
    """

    edges: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, X: NDArray[np.floating]) -> "QuantileCodes":
        """Edges at the quantiles of the known values of each column of ``X`` (N, D)."""
        return cls(tuple(_edges(column[~np.isnan(column)]) for column in X.T))

    def __call__(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """``X`` (N, D) with coded columns; NaN stays NaN.

        >>> codes = QuantileCodes((np.array([0.5, 2.0]), np.array([])))
        >>> codes(np.array([[0.1, 7.0], [2.0, 8.0], [np.nan, 9.0]]))
        array([[ 0.,  7.],
               [ 2.,  8.],
               [nan,  9.]])
        """
        coded = np.array(X, dtype=np.float64)
        for column, edges in zip(coded.T, self.edges):
            if edges.size:
                missing = np.isnan(column)
                column[:] = np.searchsorted(edges, column, side="right")
                column[missing] = np.nan
        return coded


def _edges(known: NDArray[np.floating]) -> NDArray[np.float64]:
    # a few values tell most columns of many values without sorting them all
    if known.size <= MOST_CODES or np.unique(known[:5000]).size <= MOST_CODES:
        values = np.unique(known)
        if values.size <= MOST_CODES:
            return np.empty(0)
    quantiles = np.quantile(known, np.linspace(0, 1, MOST_CODES + 1)[1:-1])
    return np.unique(quantiles).astype(np.float64)
