"""Intervals of proportions, and of the mean of several: recall and balanced accuracy."""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")
FloatArray = NDArray[np.float64]


class Interval(NamedTuple, Generic[T]):
    """An estimate between its limits: floats, or arrays of one shape."""

    estimate: T
    low: T
    high: T


def wilson(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Interval[Any]:
    """Score interval of a proportion: for display, since it is close to nominal on average.

    Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927; equation 4
    of Brown, Cai and DasGupta, Interval Estimation for a Binomial Proportion, 2001.

    Parameters
    ----------
    successes, n : counts, floats or arrays that broadcast; fractional counts (means over seeds) too
    confidence : in (0, 1)

    Returns
    -------
    Interval
        In the broadcast shape; n = 0 gives a NaN estimate between 0 and 1.

    Raises
    ------
    ValueError
        Counts outside ``0 <= successes <= n``, shapes that do not broadcast, a confidence outside
        (0, 1).

    >>> [round(float(x), 3) for x in wilson(1, 82)]
    [0.012, 0.002, 0.066]
    """
    hits, rows = checked_counts(successes, n)
    z2 = normal_quantile(confidence) ** 2
    estimate = _share(hits, rows)
    p, safe = np.where(rows > 0, estimate, 0.5), np.maximum(rows, np.finfo(float).tiny)
    centre = (hits + z2 / 2) / (rows + z2)
    half = np.sqrt(z2 * (p * (1 - p) * safe + z2 / 4)) / (rows + z2)
    # At 0 and n hits the limits are exact; rounding must not push them past the estimate.
    low = np.where(hits == 0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(hits == rows, 1.0, np.minimum(centre + half, 1.0))
    return Interval(estimate[()], low[()], high[()])


def clopper_pearson(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Interval[Any]:
    """Exact interval of a proportion: for verdicts, since it never covers less than it says.

    Clopper and Pearson, The Use of Confidence or Fiducial Limits, 1934, as quantiles of the beta
    distribution. Parameters, shapes and errors as in :func:`wilson`.

    >>> [round(float(x), 3) for x in clopper_pearson(0, 29, confidence=0.90)]
    [0.0, 0.0, 0.098]
    """
    from scipy.special import betaincinv

    hits, rows = checked_counts(successes, n)
    tail = (1 - _checked_confidence(confidence)) / 2
    low = np.where(hits == 0, 0.0, betaincinv(hits, rows - hits + 1, tail))
    high = np.where(hits == rows, 1.0, betaincinv(hits + 1, rows - hits, 1 - tail))
    return Interval(_share(hits, rows)[()], low[()], high[()])


def mover_mean(estimates: ArrayLike, lows: ArrayLike, highs: ArrayLike) -> Interval[float]:
    """Interval of the plain mean of K independent estimates, from the interval of each (MOVER).

    Variances are recovered from the limits, each side from its own: ``low = mean -
    sqrt(sum(((p_k - l_k) / K)^2))`` and ``high`` likewise. Zou and Donner, Construction of
    Confidence Limits about Effect Measures, Statistics in Medicine 2008, equation 5, for a sum
    with weights 1/K.

    Parameters
    ----------
    estimates, lows, highs : (K,) with ``low <= estimate <= high``, K >= 1

    Raises
    ------
    ValueError
        Shapes differ, K = 0, NaN, or an estimate outside its limits.

    >>> [round(x, 3) for x in mover_mean([0.5, 0.9], [0.2, 0.5], [0.8, 1.0])]
    [0.7, 0.45, 0.858]
    """
    p, low, high = (np.asarray(side, dtype=np.float64) for side in (estimates, lows, highs))
    if p.ndim != 1 or p.size == 0 or not p.shape == low.shape == high.shape:
        raise ValueError(
            f"estimates {p.shape}, lows {low.shape} and highs {high.shape} must all be (K,), K >= 1"
        )
    if not ((low <= p) & (p <= high)).all():  # also false for NaN
        raise ValueError("every estimate must lie between its low and its high, without NaN")
    mean, k = float(p.mean()), p.size
    below, above = np.linalg.norm(p - low) / k, np.linalg.norm(high - p) / k
    return Interval(mean, float(mean - below), float(mean + above))


def balanced_accuracy_interval(
    correct: ArrayLike,
    n: ArrayLike,
    confidence: float = 0.95,
    *,
    recall_interval: Callable[[ArrayLike, ArrayLike, float], Interval[Any]] = wilson,
) -> Interval[float]:
    """Interval of balanced accuracy: the limits of the recalls, combined by :func:`mover_mean`.

    The bootstrap covers less on long tails, as it sees no variance in a class of which all or no
    rows are right. Measured coverage at a nominal 95 %, over five patterns of recall: 90-99 % with
    Wilson limits and 94-99 % with Clopper-Pearson's for K = 10 and 200..4 rows a class; 85-99 % and
    90-99 % for K = 100 and 100..2. So :func:`wilson` for display, :func:`clopper_pearson` for a
    verdict.

    Parameters
    ----------
    correct, n : (K,) rows found and rows of each class; classes without rows are left out
    confidence : in (0, 1)
    recall_interval : :func:`wilson` or :func:`clopper_pearson`

    Raises
    ------
    ValueError
        As :func:`wilson`; no class has rows; not (K,).

    >>> [round(x, 3) for x in balanced_accuracy_interval([190, 0], [200, 4])]
    [0.475, 0.455, 0.72]
    """
    hits, rows = checked_counts(correct, n)
    has_rows = classes_with_rows(rows)
    return mover_mean(*recall_interval(hits[has_rows], rows[has_rows], confidence))


def checked_counts(successes: ArrayLike, n: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both as floats in one shape, with ``0 <= successes <= n``."""
    hits, rows = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    try:
        hits, rows = np.broadcast_arrays(hits, rows)
    except ValueError:
        message = f"shapes {hits.shape} and {rows.shape} of the counts do not broadcast"
        raise ValueError(message) from None
    if not (np.isfinite(rows) & (hits >= 0) & (hits <= rows)).all():
        raise ValueError("counts must be finite, with 0 <= part <= n")
    return hits, rows


def classes_with_rows(rows: FloatArray) -> NDArray[np.bool_]:
    """``rows > 0`` for ``(K,)`` counts of which at least one is positive."""
    if rows.ndim != 1 or not (rows > 0).any():
        raise ValueError(f"n must be (K,) with rows in at least one class, got shape {rows.shape}")
    return rows > 0


def normal_quantile(confidence: float) -> float:
    """The z for a two-sided interval: 1.96 at 0.95."""
    from scipy.special import ndtri

    return float(ndtri((1 + _checked_confidence(confidence)) / 2))


def _checked_confidence(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    return confidence


def _share(hits: FloatArray, rows: FloatArray) -> FloatArray:
    share = np.full(rows.shape, np.nan)
    np.divide(hits, rows, out=share, where=rows > 0)
    return share
