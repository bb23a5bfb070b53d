"""Two sets of decisions on the same rows: is one proven better in any goal of decisions?"""

import numpy as np
from numpy.typing import NDArray

from steelyard.kit.metrics import Goal, confusion_matrix

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def mean_confusion(target: IntArray, predicted: IntArray, n_classes: int) -> FloatArray:
    """(K, K) confusion matrix, the mean over the seeds of ``predicted (S, N)``."""
    tables = [confusion_matrix(target, seed, n_classes) for seed in predicted]
    return np.mean(tables, axis=0)


def swap_test(
    goal: Goal,
    target: IntArray,
    old: IntArray,
    new: IntArray,
    n_classes: int,
    *,
    n_swaps: int = 999,
    random_state: int = 0,
) -> tuple[float, float]:
    """Gain of ``new (S, N)`` over ``old (S, N)`` in the goal, and its one-sided p-value.

    Were both equally good, each row could have got its two decisions the other way round. Rows are
    swapped whole, all seeds at once. Ojala and Garriga, JMLR 2010; Fisher 1935, section 21.
    """
    differ = (old != new).any(axis=0)
    if not differ.any():
        return 0.0, 1.0
    k, seeds = n_classes, len(old)
    before, after = (target[differ] * k + decided[:, differ] for decided in (old, new))

    def counted(cells: IntArray) -> FloatArray:
        return np.bincount(cells.ravel(), minlength=k * k).reshape(k, k) / seeds

    # Rows decided alike never change sides; only the others are counted again and again.
    common = np.maximum(mean_confusion(target, old, k) - counted(before), 0)

    def gain(first: IntArray, second: IntArray) -> float:
        of = goal.function.from_confusion
        return goal.gain(of(common + counted(second)), of(common + counted(first)))

    rng = np.random.default_rng(random_state)
    observed, as_large = gain(before, after), 1
    for _ in range(n_swaps):
        swap = rng.random(before.shape[1]) < 0.5
        swapped = gain(np.where(swap, after, before), np.where(swap, before, after))
        as_large += swapped >= observed - 1e-12
    return observed, as_large / (n_swaps + 1)
