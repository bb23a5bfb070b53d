"""One weight a class from the class counts, in float64 whatever the loss computes in."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import FloatArray

BETA = 0.999  # the middle of the values in Cui et al.; a class counts as 1,000 rows at most


def class_weights(
    counts: ArrayLike, scheme: str = "inverse", beta: float | None = None
) -> FloatArray:
    """Weights (K,) whose mean over the rows is 1, so that the learning rate keeps its meaning.

    Parameters
    ----------
    counts : (K,) rows a class, fractions allowed
    scheme : ``none``, ``inverse`` (``1 / n``, every class counts the same), ``sqrt``
        (``1 / sqrt(n)``, half way) or ``effective`` (``(1 - beta) / (1 - beta ** n)``, Cui et
        al., Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019, equation 2)
    beta : of ``effective``, in [0, 1]; 0 is no weighting, 1 is ``inverse``. None is 0.999

    Returns
    -------
    (K,) float64; 0 for a class without rows, which changes no other weight.

    Raises
    ------
    ValueError
        Unknown scheme, counts that are no counts, or beta outside [0, 1].

    >>> class_weights([90, 10])
    array([0.55555556, 5.        ])
    """
    n = read_counts(counts)
    if scheme not in _SCHEMES:
        raise ValueError(f"scheme must be one of {', '.join(_SCHEMES)}, got '{scheme}'")
    weights = np.zeros(n.size)
    weights[n > 0] = _SCHEMES[scheme](n[n > 0], BETA if beta is None else beta)
    return np.asarray(weights * (n.sum() / (weights @ n)))


def class_balanced_weights(counts: ArrayLike, beta: float = BETA) -> FloatArray:
    """Weights (K,) of the class-balanced loss as its paper scales them: they sum to K.

    With classes without rows they sum to the number of classes that have some. Otherwise as
    ``class_weights(counts, "effective", beta)``.

    >>> class_balanced_weights([90, 10], beta=1.0)
    array([0.2, 1.8])
    """
    weights = class_weights(counts, "effective", beta)
    return np.asarray(weights * (np.count_nonzero(weights) / weights.sum()))


def _effective(n: FloatArray, beta: float) -> FloatArray:
    if not 0 <= beta <= 1:
        raise ValueError(f"beta must be in [0, 1], got {beta}")
    if beta in (0, 1):
        return n**-beta
    # 1 - beta ** n cancels for beta near 1; expm1 keeps every digit.
    return np.asarray((1 - beta) / -np.expm1(n * np.log(beta)))


_SCHEMES: dict[str, Callable[[FloatArray, float], FloatArray]] = {
    "none": lambda n, beta: np.ones_like(n),
    "inverse": lambda n, beta: 1 / n,
    "sqrt": lambda n, beta: n**-0.5,
    "effective": _effective,
}


def read_counts(counts: ArrayLike) -> FloatArray:
    """Counts (K,) as float64; ValueError for what no class counts can be."""
    n = np.asarray(counts, dtype=np.float64)
    if n.ndim != 1 or not np.isfinite(n).all() or (n < 0).any() or not n.any():
        raise ValueError(
            f"counts must be (K,), finite and >= 0 with some row, got shape {n.shape}: {n}"
        )
    return n
