"""Boostings that read a cost matrix, once with the decision in its rows."""

from typing import Any, Self

import numpy as np

from steelyard.kit import ensembles
from steelyard.kit.imbens.ensemble.families import Boosted
from steelyard.kit.metrics.arrays import FloatArray

__all__ = ["AdaCostClassifier", "AdaUBoostClassifier", "AsymBoostClassifier"]


class CostReading(Boosted):
    """``cost_matrix`` as it was: ``[decision, truth]``, what is right at 1.

    ``inverse`` (the default) is the decision's rows over the truth's, ``log1p-inverse`` its
    logarithm, ``uniform`` ones. ``cost_matrix_`` keeps it so; this kit reads it the other way.
    """

    def fit(self, X: Any, y: Any, *args: Any, cost_matrix: Any = None, **settings: Any) -> Self:
        """Train the members; see `OldManners.fit` for the rest.

        Raises
        ------
        ValueError
            ``cost_matrix`` is another word or has not one row and one column a class.
        """
        told = as_it_was(cost_matrix, np.unique(np.asarray(y), return_counts=True)[1])
        super().fit(X, y, *args, cost_matrix=told.T, **settings)
        self.cost_matrix_ = told
        return self


class AdaCostClassifier(CostReading, ensembles.AdaCostClassifier):
    """`steelyard.kit.ensembles.AdaCostClassifier`."""


class AdaUBoostClassifier(CostReading, ensembles.AdaUBoostClassifier):
    """`steelyard.kit.ensembles.AdaUBoostClassifier`."""


class AsymBoostClassifier(CostReading, ensembles.AsymBoostClassifier):
    """`steelyard.kit.ensembles.AsymBoostClassifier`."""


def as_it_was(cost_matrix: Any, counts: Any) -> FloatArray:
    """The old matrix ``(K, K)`` of an argument, for classes with ``counts (K,)`` rows.

    >>> as_it_was("inverse", np.array([90, 10])).round(2)
    array([[1.  , 9.  ],
           [0.11, 1.  ]])
    """
    if cost_matrix is not None and not isinstance(cost_matrix, str):
        return np.array(cost_matrix, dtype=np.float64)
    inverse = counts[:, None] / counts[None, :]
    words = {"inverse": inverse, "log1p-inverse": np.log1p(inverse), "uniform": inverse**0}
    if (word := cost_matrix or "inverse") not in words:
        raise ValueError(f"cost_matrix must be (K, K) or one of {list(words)}, got {word!r}")
    return np.asarray(words[word])
