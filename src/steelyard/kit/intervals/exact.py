"""Exact tests of counts, the three answers about chance, and Holm's correction."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.intervals.permutation import Alternative, checked_alternative
from steelyard.kit.intervals.proportions import FloatArray, checked_counts


def binomial_tail(
    successes: ArrayLike, n: ArrayLike, chance: ArrayLike, side: Literal["below", "above"]
) -> Any:
    """Exact one-sided p-value: so few (or so many) successes, were the truth just ``chance``.

    Parameters
    ----------
    successes, n : whole counts, ints or arrays that broadcast
    chance : in [0, 1], e.g. 1/K
    side : "below" gives P(X <= successes), "above" P(X >= successes)

    Returns
    -------
    float, or array in the broadcast shape.

    Raises
    ------
    ValueError
        Counts not whole or outside ``0 <= successes <= n``, chance outside [0, 1], unknown side.

    >>> round(float(binomial_tail(0, 29, 1 / 10, "below")), 4)
    0.0471
    """
    from scipy.special import betainc

    hits, rows = _whole_counts(successes, n)
    p = np.asarray(chance, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"chance must be in [0, 1], got {p}")
    # The binomial tails are incomplete beta functions; the end points are certain.
    if side == "below":
        return np.where(hits == rows, 1.0, betainc(np.maximum(rows - hits, 1), hits + 1, 1 - p))[()]
    if side == "above":
        return np.where(hits == 0, 1.0, betainc(np.maximum(hits, 1), rows - hits + 1, p))[()]
    raise ValueError(f"side must be below or above, got {side!r}")


def below_chance(
    successes: int, n: int, chance: float, alpha: float = 0.05
) -> Literal["below", "above", "unknown"]:
    """Is the true rate below chance, above it, or can these n rows not tell?

    Each claim is an exact one-sided test at ``alpha``. No hit among 28 rows of ten classes is still
    "unknown". Errors as in :func:`binomial_tail`.

    >>> below_chance(0, 28, 1 / 10), below_chance(0, 29, 1 / 10), below_chance(8, 29, 1 / 10)
    ('unknown', 'below', 'above')
    """
    if binomial_tail(successes, n, chance, "below") <= alpha:
        return "below"
    if binomial_tail(successes, n, chance, "above") <= alpha:
        return "above"
    return "unknown"


def mcnemar_exact(negative: ArrayLike, positive: ArrayLike) -> Any:
    """Exact two-sided p-value that losses and gains are equally likely, in (0, 1].

    McNemar, Note on the Sampling Error of the Difference between Correlated Proportions, 1947, with
    the binomial distribution: twice the smaller tail of ``Binomial(negative + positive, 1/2)``.

    Parameters
    ----------
    negative, positive : rows right before and wrong now, and the reverse; whole counts, ints or
        arrays that broadcast

    Raises
    ------
    ValueError
        Counts negative or not whole.

    >>> round(float(mcnemar_exact(41, 71)), 3)
    0.006
    """
    lost, gained = np.asarray(negative, dtype=np.float64), np.asarray(positive, dtype=np.float64)
    fewer = np.minimum(lost, gained)
    return np.minimum(1.0, 2 * binomial_tail(fewer, lost + gained, 0.5, "below"))[()]


def fisher_exact(
    successes_a: int,
    n_a: int,
    successes_b: int,
    n_b: int,
    alternative: Alternative = "two-sided",
) -> float:
    """Exact p-value that two independent groups share one rate, e.g. tail and head.

    Fisher, The Logic of Inductive Inference, 1935; the two-sided value sums all tables that are no
    likelier. "less" asks whether a's rate is below b's.

    Raises
    ------
    ValueError
        Counts not whole or outside ``0 <= successes <= n``, unknown alternative.

    >>> round(fisher_exact(1, 20, 15, 20), 6)
    1e-05
    """
    from scipy.stats import fisher_exact as scipy_fisher_exact

    hits, rows = _whole_counts([successes_a, successes_b], [n_a, n_b])
    table = np.stack([hits, rows - hits], axis=1).astype(np.int64)
    return float(scipy_fisher_exact(table, alternative=checked_alternative(alternative))[1])


def holm(pvalues: ArrayLike) -> FloatArray:
    """p-values corrected for being many: rejecting those <= alpha keeps the family's error.

    Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979, as adjusted values.

    Parameters
    ----------
    pvalues : (M,) in [0, 1]

    Returns
    -------
    (M,) adjusted values in the order given.

    Raises
    ------
    ValueError
        Not (M,), NaN, or outside [0, 1].

    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = np.asarray(pvalues, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"pvalues must be (M,) in [0, 1] without NaN, got shape {p.shape}")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    steps = p[order] * np.arange(p.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _whole_counts(successes: ArrayLike, n: ArrayLike) -> tuple[FloatArray, FloatArray]:
    hits, rows = checked_counts(successes, n)
    if (hits % 1 != 0).any() or (rows % 1 != 0).any():
        raise ValueError("an exact test needs whole counts; round means over seeds first")
    return hits, rows
