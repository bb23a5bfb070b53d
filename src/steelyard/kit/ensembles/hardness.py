"""Rows of one class drawn, or kept, by how hard they are for the ensemble so far."""

from typing import Any

import numpy as np

from steelyard.kit.ensembles.drawing import Rows
from steelyard.kit.metrics.arrays import FloatArray


def by_hardness(
    hardness: FloatArray,
    n: int,
    factor: float,
    rng: np.random.Generator,
    *,
    k_bins: int,
    soft: bool,
    replacement: bool,
) -> Rows:
    """``n`` of ``len(hardness)`` rows, drawn bin by bin; algorithm 1, lines 5 to 10.

    A bin with fewer rows than its share gives all, and the rest is shared by the other bins.
    """
    low, high = hardness.min(), hardness.max()
    if high - low < 1e-12:
        return rng.choice(len(hardness), n, replace=replacement)
    bins = np.minimum(((hardness - low) / (high - low) * k_bins).astype(int), k_bins - 1)
    filled = np.bincount(bins, minlength=k_bins)
    mean = np.bincount(bins, hardness, minlength=k_bins) / np.maximum(filled, 1)
    share = np.where(filled > 0, 1 / (mean + factor + 1e-12), 0)
    if soft:
        each = (share / np.maximum(filled, 1))[bins]
        return rng.choice(len(hardness), n, replace=replacement, p=each / each.sum())
    room = np.full(k_bins, n) if replacement else filled
    wanted = _shared_out(n, share, np.where(filled > 0, room, 0))
    order = np.argsort(bins, kind="stable")
    of_bin = np.split(order, np.cumsum(filled)[:-1])
    return np.concatenate(
        [rng.choice(r, k, replace=replacement) for r, k in zip(of_bin, wanted) if k > 0]
    )


def _shared_out(n: int, share: FloatArray, room: Any) -> list[int]:
    """Whole numbers near ``n * share``, none above ``room``, that sum to ``n``."""
    wanted, open_bins = np.zeros(len(share)), room > 0
    while (left := n - wanted.sum()) > 1e-9 and open_bins.any():
        part = np.where(open_bins, share, 0)
        wanted = np.minimum(wanted + left * part / part.sum(), room)
        open_bins &= wanted < room - 1e-9
    whole = np.floor(wanted + 1e-9).astype(int)
    short = n - int(whole.sum())
    whole[np.argsort(whole - wanted, kind="stable")[:short]] += 1
    return [int(k) for k in whole]


def hardest(hardness: FloatArray, n: int) -> Rows:
    """The positions of the ``n`` hardest rows, ascending; of equally hard ones the first.

    >>> hardest(np.array([0.2, 0.9, 0.2, 0.5]), 3).tolist()
    [0, 1, 3]
    """
    return np.sort(np.argsort(-hardness, kind="stable")[:n])
