"""Do the probabilities mean what they say? Reliability curve and calibration error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import FloatArray, IntArray, target_and_proba


@dataclass(frozen=True, eq=False)
class ReliabilityCurve:
    """One point a bin, ``(B,)`` each: mean confidence, share right, rows."""

    confidence: FloatArray
    accuracy: FloatArray
    n: IntArray


def reliability_curve(target: ArrayLike, proba: ArrayLike, n_bins: int = 15) -> ReliabilityCurve:
    """Confidence of the predicted class against how often it is right, in equal-mass bins.

    Rows of equal confidence share a bin, so the answer does not depend on the order of the rows
    and there may be fewer than ``n_bins`` bins; none is empty.

    Parameters
    ----------
    target : (N,) class numbers 0..K-1
    proba : (N, K) rows that sum to 1
    n_bins : int >= 1

    Raises
    ------
    ValueError
        Shapes do not fit, NaN, rows that are no probabilities, or ``n_bins < 1``.

    >>> curve = reliability_curve([0, 0, 1, 1], [[0.9, 0.1]] * 2 + [[0.6, 0.4]] * 2, n_bins=2)
    >>> curve.confidence, curve.accuracy, curve.n
    (array([0.6, 0.9]), array([0., 1.]), array([2, 2]))
    """
    labels, matrix = target_and_proba(target, proba)
    if n_bins < 1:
        raise ValueError(f"n_bins must be at least 1, got {n_bins}")
    predicted = matrix.argmax(axis=1)
    confidence = matrix[np.arange(labels.size), predicted].astype(np.float64)
    edges = np.sort(confidence)[np.arange(1, n_bins) * labels.size // n_bins]
    bins = np.searchsorted(edges, confidence, side="right")
    n = np.bincount(bins)
    filled = n > 0
    return ReliabilityCurve(
        confidence=np.bincount(bins, confidence)[filled] / n[filled],
        accuracy=np.bincount(bins, predicted == labels)[filled] / n[filled],
        n=n[filled],
    )


def calibration_error(target: ArrayLike, proba: ArrayLike, n_bins: int = 15) -> float:
    """Expected calibration error (ECE) of the predicted class, in [0, 1]; lower is better.

    Row-weighted mean over equal-mass bins of |share right - mean confidence|: Guo et al., On
    Calibration of Modern Neural Networks, ICML 2017, equation 3, with the adaptive bins of Nguyen
    and O'Connor, EMNLP 2015. Few rows inflate it: up to ``0.4 sqrt(n_bins / N)``
    is what a perfectly calibrated model shows.

    Shapes and errors as in :func:`reliability_curve`.

    >>> calibration_error([0, 0, 1, 1], [[0.9, 0.1]] * 2 + [[0.6, 0.4]] * 2, n_bins=2)
    0.35
    """
    curve = reliability_curve(target, proba, n_bins)
    gaps = np.abs(curve.accuracy - curve.confidence)
    return float(gaps @ curve.n / curve.n.sum())
