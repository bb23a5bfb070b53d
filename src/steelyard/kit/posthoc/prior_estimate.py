"""What the estimators of an unknown deployment prior hand back, and the checks they share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import FloatArray, target_and_proba
from steelyard.kit.posthoc.rule import Proba


@dataclass(frozen=True, eq=False)
class PriorEstimate:
    """Class frequencies in use, estimated from rows without labels.

    Attributes
    ----------
    prior : (K,) sums to 1.
    low, high : (K,) limits of each class's frequency at the asked-for confidence, one class at a
        time. They hold the sampling error, not a model that is wrong about what it saw.
    converged : whether the estimate is the optimum that it is meant to be.
    iterations : steps taken.
    condition : condition number of the confusion matrix that was inverted; None where none was.
    """

    prior: FloatArray
    low: FloatArray
    high: FloatArray
    converged: bool
    iterations: int
    condition: float | None = None


def proba_alone(proba: ArrayLike, name: str) -> Proba:
    """``proba (N, K)`` as float64, checked to be probabilities; ``name`` is quoted in errors."""
    matrix = np.asarray(proba)
    if matrix.ndim != 2 or len(matrix) == 0:
        raise ValueError(f"{name} must be (N, K) with at least one row, got shape {matrix.shape}")
    try:
        checked = target_and_proba(np.zeros(len(matrix), dtype=np.int64), matrix)[1]
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    return checked.astype(np.float64, copy=False)


def frequencies(prior: ArrayLike, n_classes: int, name: str) -> FloatArray:
    """``prior (K,)`` on any positive scale, made to sum to 1; no class may have none."""
    given = np.asarray(prior, dtype=np.float64)
    if given.shape != (n_classes,):
        raise ValueError(f"{name} must be (K,) = ({n_classes},), got shape {given.shape}")
    if not (np.isfinite(given) & (given > 0)).all():
        first = int(np.argmin(np.isfinite(given) & (given > 0)))
        raise ValueError(
            f"{name} must be finite and above 0 for every class, got {given[first]} for class "
            f"{first}; leave a class that training never saw out of proba, or give it half a row"
        )
    return np.asarray(given / given.sum())
