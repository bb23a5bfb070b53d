"""Sampling: every row of small classes, a random share of the others."""

import numpy as np
from numpy.typing import NDArray

KEPT_WHOLE = 1_000
"""Classes of fewer rows are kept whole."""


def draw_rows(codes: NDArray[np.int64], sample: int, random_state: int) -> NDArray[np.int64]:
    """About ``sample`` of N rows, sorted, given class codes (N,); -1 is no label.

    A class under `KEPT_WHOLE` rows keeps all of them, a larger one at least that many, so more
    rows than ``sample`` are drawn when there are many small classes.

    >>> codes = np.repeat([0, 1], [100_000, 300])
    >>> np.bincount(codes[draw_rows(codes, 5_000, 0)]).tolist()
    [4700, 300]
    """
    counts = np.bincount(codes + 1)
    small = counts < KEPT_WHOLE
    left = max(0, sample - counts[small].sum())
    share = min(1.0, left / max(1, counts[~small].sum()))
    quota = np.where(small, counts, np.maximum(KEPT_WHOLE, np.round(share * counts))).astype(int)
    shuffled = np.random.default_rng(random_state).permutation(codes.size)
    shuffled = shuffled[np.argsort(codes[shuffled], kind="stable")]
    rank = np.arange(codes.size) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = rank < np.repeat(quota, counts)
    return np.sort(shuffled[kept])
