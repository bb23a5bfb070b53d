"""Two models on the same rows: intervals of the difference."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.intervals.proportions import (
    FloatArray,
    Interval,
    checked_counts,
    classes_with_rows,
    mover_mean,
    normal_quantile,
)


def paired_difference(
    gains: ArrayLike, losses: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> Interval[Any]:
    """Interval of the change in a proportion on the same n rows: ``(gains - losses) / n``.

    Bonett and Price, Adjusted Wald Confidence Interval for a Difference of Binomial Proportions
    Based on Paired Data, 2012: one row is added to each of the two cells that change, two to n.
    Limits are cut to [-1, 1] and, at low confidence, widened to hold the estimate.

    Parameters
    ----------
    gains, losses : rows wrong before and right now, and the reverse; floats or arrays that
        broadcast. Means over seeds may be fractional: no credit is then taken for the variance
        that averaging saves, so the interval is wide for rows, but seeds stay few.
    n : rows
    confidence : in (0, 1)

    Raises
    ------
    ValueError
        Counts that are negative, not finite, or ``gains + losses > n``; n = 0; shapes that do not
        broadcast; a confidence outside (0, 1).

    >>> [round(float(x), 3) for x in paired_difference(71, 41, 730)]
    [0.041, 0.013, 0.069]
    """
    z = normal_quantile(confidence)
    up, down, rows = _changed(gains, losses, n)
    p_up, p_down = (up + 1) / (rows + 2), (down + 1) / (rows + 2)
    estimate, centre = (up - down) / rows, p_up - p_down
    half = z * np.sqrt((p_up + p_down - centre**2) / (rows + 2))
    low = np.clip(np.minimum(centre - half, estimate), -1, 1)
    high = np.clip(np.maximum(centre + half, estimate), -1, 1)
    return Interval(estimate[()], low[()], high[()])


def paired_balanced_accuracy_difference(
    gains: ArrayLike, losses: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> Interval[float]:
    """Interval of the change in balanced accuracy: :func:`paired_difference` a class, then MOVER.

    Parameters
    ----------
    gains, losses, n : (K,) for each class; classes without rows are left out
    confidence : in (0, 1)

    Raises
    ------
    ValueError
        As :func:`paired_difference`; no class has rows; not (K,).

    >>> interval = paired_balanced_accuracy_difference([5, 12], [10, 1], [900, 40])
    >>> [round(x, 3) for x in interval]
    [0.135, 0.047, 0.21]
    """
    up, rows = checked_counts(gains, n)
    down, _ = checked_counts(losses, n)
    has_rows = classes_with_rows(rows)
    each = paired_difference(up[has_rows], down[has_rows], rows[has_rows], confidence)
    return mover_mean(*each)


def _changed(
    gains: ArrayLike, losses: ArrayLike, n: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    up, rows = checked_counts(gains, n)
    down, rows = checked_counts(losses, rows)
    # Means over seeds of thirds may miss n by a rounding.
    if not ((rows > 0) & (up + down <= rows * (1 + 1e-9))).all():
        raise ValueError("paired counts need n > 0 and gains + losses <= n")
    return np.broadcast_to(up, rows.shape), down, rows
