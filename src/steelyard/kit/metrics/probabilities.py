"""Metrics of probabilities, row by row: log loss, Brier score, top-k accuracy."""

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import target_and_columns, target_and_proba


def log_loss(target: ArrayLike, proba: ArrayLike) -> float:
    """Mean of ``-log proba[i, target[i]]`` in nats, >= 0; lower is better.

    Probabilities below 2.2e-16 count as that, as in scikit-learn for float64, so that one certain
    and wrong row costs 36 nats and not infinity; float32 input is treated no worse.

    Parameters
    ----------
    target : (N,) class numbers 0..K-1
    proba : (N, K) rows that sum to 1

    Raises
    ------
    ValueError
        Shapes do not fit, NaN, or rows that are no probabilities.

    >>> log_loss([0, 1], [[0.5, 0.5], [0.5, 0.5]]).__round__(4)
    0.6931
    """
    labels, matrix = target_and_proba(target, proba)
    own = matrix[np.arange(labels.size), labels]
    clipped = np.clip(own.astype(np.float64), np.finfo(np.float64).eps, 1.0)
    return float(-np.log(clipped).mean())


def brier(target: ArrayLike, proba: ArrayLike) -> float:
    """Mean squared distance of the probabilities from the truth, in [0, 2]; lower is better.

    The sum over all K classes of Brier, Verification of Forecasts Expressed in Terms of
    Probability, 1950, equation 2. scikit-learn's ``brier_score_loss`` halves it for two classes
    (``scale_by_half``), since both columns then say the same.

    Shapes and errors as in :func:`log_loss`.

    >>> brier([0, 1], [[1.0, 0.0], [0.5, 0.5]])
    0.25
    """
    labels, matrix = target_and_proba(target, proba)
    own = matrix[np.arange(labels.size), labels].astype(np.float64)
    # |p - e_y|^2 = |p|^2 - 2 p_y + 1 spares the (N, K) one-hot matrix.
    squares = np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64)
    return float(max((squares - 2 * own + 1).mean(), 0.0))


def top_k_accuracy(target: ArrayLike, proba: ArrayLike, k: int = 5) -> float:
    """Share of rows whose class is among the k highest scores, in [0, 1].

    Ties go to the lower class number, as in ``argmax``: k = 1 is the accuracy of the decision and
    a constant output earns no credit. (scikit-learn gives ties to the higher number.)

    Parameters
    ----------
    target : (N,) class numbers 0..K-1
    proba : (N, K) probabilities or any scores
    k : int, 1..K

    Raises
    ------
    ValueError
        Shapes do not fit, NaN, or k outside 1..K.

    >>> top_k_accuracy([0, 2], [[0.4, 0.5, 0.1], [0.4, 0.5, 0.1]], k=2)
    0.5
    """
    labels, matrix = target_and_columns(target, proba, "proba")
    if not 1 <= k <= matrix.shape[1]:
        raise ValueError(f"k must be in 1..{matrix.shape[1]} for proba {matrix.shape}, got {k}")
    if np.isnan(matrix).any():
        raise ValueError(f"proba {matrix.shape} holds NaN")
    own = matrix[np.arange(labels.size), labels][:, None]
    tied_before = (matrix == own) & (np.arange(matrix.shape[1]) < labels[:, None])
    ahead = ((matrix > own) | tied_before).sum(axis=1)
    return float((ahead < k).mean())
