"""Boostings that read costs: a matrix with the decision in its rows, or one number a class."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

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

    power: ClassVar[float] = 1.0  # of the matrix, before this kit reads it

    def fit(self, X: Any, y: Any, *args: Any, cost_matrix: Any = None, **settings: Any) -> Self:
        """Train the members; see `OldManners.fit` for the rest.

        Raises
        ------
        ValueError
            ``cost_matrix`` is another word or has not one row and one column a class.
        """
        told = as_it_was(cost_matrix, np.unique(np.asarray(y), return_counts=True)[1])
        super().fit(X, y, *args, cost_matrix=_powers(told, self.power).T, **settings)
        self.cost_matrix_ = told
        return self


class AdaCostClassifier(CostReading, ensembles.AdaCostClassifier):
    """`steelyard.kit.ensembles.AdaCostClassifier`."""


class AdaUBoostClassifier(Boosted, ensembles.AdaUBoostClassifier):
    """`steelyard.kit.ensembles.AdaUBoostClassifier`, which has costs as ``beta`` here.

    One number a class, label -> number; or ``inverse`` (the default), the rows of the largest class
    over its own, ``log1p-inverse`` the logarithm, ``uniform`` ones. ``beta_`` has the numbers.
    """

    def fit(
        self, X: Any, y: Any, *args: Any, beta: str | Mapping[Any, float] | None = None, **how: Any
    ) -> Self:
        """Train the members; see `OldManners.fit` for the rest.

        Raises
        ------
        ValueError
            ``beta`` is another word or has not one number a class.
        """
        labels, counts = np.unique(np.asarray(y), return_counts=True)
        told = numbers_a_class(beta, labels.tolist(), counts)
        costs = np.repeat([*told.values()], len(told)).reshape(-1, len(told))
        super().fit(X, y, *args, cost_matrix=costs, **how)
        self.beta_ = told
        return self


class AsymBoostClassifier(CostReading, ensembles.AsymBoostClassifier):
    """`steelyard.kit.ensembles.AsymBoostClassifier`.

    A matrix holds each cost in the other's place as one over it, so the ratio of two is the square
    of the cost, and rounds take roots of its root, as the paper does.
    """

    power: ClassVar[float] = 0.5


def numbers_a_class(beta: Any, labels: list[Any], counts: Any) -> dict[Any, float]:
    """``beta`` as label -> number.

    >>> numbers_a_class("inverse", ["a", "b"], np.array([10, 90]))
    {'a': 9.0, 'b': 1.0}
    """
    if isinstance(beta, Mapping):
        if set(beta) != set(labels):
            raise ValueError(f"beta must have a number for each of {labels}, got {list(beta)}")
        return {label: float(beta[label]) for label in labels}
    inverse = counts.max() / counts
    words = {"inverse": inverse, "log1p-inverse": np.log1p(inverse), "uniform": inverse**0}
    if (word := beta or "inverse") not in words:
        raise ValueError(f"beta must be label -> number or one of {list(words)}, got {beta!r}")
    return dict(zip(labels, words[word].tolist()))


def _powers(cost_matrix: FloatArray, power: float) -> FloatArray:
    usual = cost_matrix.min(initial=0) >= 0  # what is below 0 is refused in its own words
    return np.asarray(cost_matrix**power) if usual else cost_matrix


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
