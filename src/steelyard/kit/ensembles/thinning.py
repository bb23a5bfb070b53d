"""Rows that a round of boosting trains with: the heavy ones, and a few of the light ones for all.

A round's tree has 256 leaves at most, and does not need 100,000 rows to place them.
"""

import sys

import numpy as np

from steelyard.kit.ensembles.drawing import Rows
from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.metrics.arrays import FloatArray, IntArray

FEWEST = 20_000  # rows of a round; of fewer a round costs nothing
SHARE = 8  # one row in so many, where that is more


def rows_of_a_round(task: Task) -> int:
    """How many rows a round trains with at most: a learner of the user's own is given all."""
    n = task.features.n_rows
    return max(FEWEST, n // SHARE) if task.features.is_binned else sys.maxsize


def thinned(
    weight: FloatArray, y: IntArray, n_rows: int, rng: np.random.Generator
) -> tuple[Rows | slice, FloatArray]:
    """About ``n_rows`` of ``weight (N,)``: which, and what each weighs in their company.

    Row i is in with probability ``min(1, w_i / mu)``, mu such that these sum to ``n_rows``, and
    then weighs ``max(w_i, mu)``: any sum over rows is right on average, and no other sampling of so
    many rows has a smaller variance of it (Ibragimov and Gusev, Minimal Variance Sampling in
    Stochastic Gradient Boosting, NeurIPS 2019, theorem 1, for weights alone). One random number
    draws them all (systematic sampling: Madow, Annals of Mathematical Statistics 1949), which keeps
    every stretch of rows at its share. All rows stay where no more of them have a weight, and so do
    those of a small class of ``y (N,)``, however light: with them it is a quarter more at most.

    Measured at 100,000 x 20, IR 20, ten rounds, two seeds, beside training with all rows but the
    lightest tenth of the weight: a third to a half of the time, average precision .790 to .781
    (SMOTEBoost), .825 to .828 (AdaUBoost), .793 to .794 (AsymBoost); at fifty rounds .818 to .821
    and .860 to .864.
    """
    if np.count_nonzero(weight) <= n_rows:
        return slice(None), weight
    share = np.minimum(1, weight / _lightest_sure(weight, n_rows))
    counts = np.bincount(y)
    small = counts < n_rows / (4 * len(counts))
    share[small[y] & (weight > 0)] = 1
    ends = np.floor(np.cumsum(share) + rng.random())
    rows = np.flatnonzero(np.diff(ends, prepend=0) > 0)
    return rows, weight[rows] / share[rows]


def _lightest_sure(weight: FloatArray, n_rows: int) -> float:
    """mu: rows as heavy as this are in for sure, the others share the places that are left."""
    rising = np.sort(weight)
    held = np.cumsum(rising)
    sure = np.arange(n_rows)  # how many may be in for sure, the heaviest first
    mu = held[len(weight) - 1 - sure] / (n_rows - sure)
    return float(mu[np.argmax(rising[len(weight) - 1 - sure] <= mu)])
