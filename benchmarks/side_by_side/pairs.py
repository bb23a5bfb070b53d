"""Paired comparison over tables: means over seeds first, then the signed-rank test over tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import wilcoxon

ALPHA = 0.05


@dataclass(frozen=True)
class Pair:
    """The mean of each side, the mean difference, its standard error over tables, and p."""

    first: float
    second: float
    difference: float
    error: float
    p: float
    tables: int


def paired(first: Sequence[float], second: Sequence[float]) -> Pair:
    """``second - first`` over tables; Wilcoxon's signed-rank test, two-sided.

    Rows are one a table, the mean over its seeds: seeds of one table are not independent. Equal
    pairs are dropped, and where all are equal p is 1.
    """
    a, b = np.asarray(first), np.asarray(second)
    gap = np.where(np.abs(b - a) < 1e-12, 0, b - a)
    p = float(wilcoxon(gap).pvalue) if gap.any() else 1.0
    error = float(gap.std(ddof=1) / np.sqrt(len(gap))) if len(gap) > 1 else float("nan")
    return Pair(float(a.mean()), float(b.mean()), float(gap.mean()), error, p, len(gap))


def holm(p: Sequence[float]) -> np.ndarray:
    """Holm's adjusted p values, in the order given."""
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)
    stepped = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1)
    return adjusted
