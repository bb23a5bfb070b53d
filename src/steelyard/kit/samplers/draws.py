"""Drawing row numbers: by class, by weight, and from a shuffled deck; numpy only."""

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import FloatArray, IntArray, label_array


class RowsByClass:
    """The row numbers of each class, found once.

    >>> RowsByClass([1, 0, 1])[1]
    array([0, 2])
    """

    def __init__(self, target: ArrayLike) -> None:
        self.target = label_array(target, "target")
        self.counts = np.bincount(self.target)
        self.sorted = np.argsort(self.target, kind="stable")
        self.starts = np.cumsum(self.counts) - self.counts

    def __getitem__(self, k: int) -> IntArray:
        return self.sorted[self.starts[k] : self.starts[k] + self.counts[k]]

    def draw(
        self, n: int, probabilities: FloatArray, replacement: bool, rng: np.random.Generator
    ) -> IntArray:
        """``(n,)`` rows: classes drawn by ``probabilities (K,)``, then a row of each class.

        With replacement every row of the class is as likely every time; without, a class gives
        all its rows once before it gives one again.
        """
        # One multinomial, shuffled afterwards, has the law of n draws and costs K, not n log K.
        drawn = rng.multinomial(n, probabilities)
        if replacement:
            classes = np.repeat(np.arange(drawn.size), drawn)
            within: IntArray = (rng.random(n) * self.counts[classes]).astype(np.int64)
            rows: IntArray = self.sorted[self.starts[classes] + within]
        else:
            hands = [deal(self[k], drawn[k], 1, rng) for k in np.flatnonzero(drawn).tolist()]
            rows = np.concatenate(hands).ravel()
        return rng.permuted(rows)


def deal(rows: IntArray, n_hands: int, size: int, rng: np.random.Generator) -> IntArray:
    """``(n_hands, size)`` rows dealt from a deck that is shuffled anew when it runs short.

    No row comes twice in one hand, unless the deck has fewer than ``size`` rows; then all come
    as often as each other, give or take once.
    """
    hands_a_pass = max(1, rows.size // size)
    passes = -(-n_hands // hands_a_pass)
    decks = rng.permuted(np.tile(rows, (passes, 1)), axis=1)
    return decks[:, np.arange(hands_a_pass * size) % rows.size].reshape(-1, size)[:n_hands]


def draw_by_weight(
    weights: FloatArray, n: int, replacement: bool, rng: np.random.Generator
) -> IntArray:
    """``(n,)`` rows, each drawn by its weight ``(N,)``.

    Without replacement the rows are drawn one after the other from what is left, by sorting
    exponential variables (Efraimidis and Spirakis 2006).
    """
    if not replacement:
        with np.errstate(divide="ignore"):
            return np.argsort(rng.standard_exponential(weights.size) / weights)[:n]
    # Sums of exponentials are sorted uniforms: looking sorted keys up is kind to the cache.
    waits = np.cumsum(rng.standard_exponential(n + 1))
    cumulative = np.cumsum(weights)
    keys = waits[:-1] / waits[-1] * cumulative[-1]
    # A key that rounds up to the total would fall behind the last row that has any weight.
    rows: IntArray = np.searchsorted(cumulative[: np.flatnonzero(weights)[-1]], keys, side="right")
    return rng.permuted(rows)
