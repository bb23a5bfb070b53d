"""Row numbers of a member's training, drawn class by class."""

import numpy as np
from numpy.typing import NDArray

from steelyard.kit.metrics.arrays import FloatArray, IntArray

Rows = NDArray[np.intp]


def rows_by_class(y: IntArray, n_classes: int) -> list[Rows]:
    """The rows of each class, in their order."""
    order = np.argsort(y, kind="stable")
    return np.split(order, np.cumsum(np.bincount(y, minlength=n_classes))[:-1])


def under_sample(
    by_class: list[Rows], counts: IntArray, rng: np.random.Generator, replacement: bool = False
) -> Rows:
    """``counts (K,)`` rows of each class; a class with no more than that is taken whole.

    ``replacement`` draws every class with replacement, the small ones too: a bootstrap.
    """
    drawn = []
    for rows, n in zip(by_class, counts.tolist()):
        if replacement:
            drawn.append(rows[rng.integers(0, len(rows), n)])
        else:
            drawn.append(rows if n >= len(rows) else rng.choice(rows, n, replace=False))
    return np.concatenate(drawn)


def over_sample(
    by_class: list[Rows], counts: IntArray, rng: np.random.Generator
) -> tuple[Rows, FloatArray]:
    """All rows and how often each is in a sample that repeats classes up to ``counts``, ``(N,)``.

    Weights say the same to a learner as repeated rows, at the price of rows that are there once.
    """
    all_rows = np.concatenate(by_class)
    times = np.ones(len(all_rows))
    start = 0
    for rows, n in zip(by_class, counts.tolist()):
        if n > len(rows):
            extra = rng.integers(0, len(rows), n - len(rows))
            times[start : start + len(rows)] += np.bincount(extra, minlength=len(rows))
        start += len(rows)
    return all_rows, times


def bootstrap(
    by_class: list[Rows], counts: IntArray, rng: np.random.Generator
) -> tuple[Rows, FloatArray]:
    """A bootstrap of ``counts (K,)`` rows a class: the rows in it and how often each is."""
    chosen, times = [], []
    for rows, n in zip(by_class, counts.tolist()):
        often = np.bincount(rng.integers(0, len(rows), n), minlength=len(rows))
        chosen.append(rows[often > 0])
        times.append(often[often > 0].astype(np.float64))
    return np.concatenate(chosen), np.concatenate(times)
