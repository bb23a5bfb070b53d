"""Frequent rows drawn by how hard they are, the action being the hardness that is wanted."""

import numpy as np

from steelyard.kit.ensembles.drawing import Rows
from steelyard.kit.metrics.arrays import FloatArray


def sampling_probability(hardness: FloatArray, mu: float, sigma: float) -> FloatArray:
    """``(N,)`` that sum to 1: a Gaussian around ``mu`` over the hardness ``|F(x) - y|``.

    Liu et al., NeurIPS 2020, equations 3 and 4; the Gaussian's constant cancels.

    >>> sampling_probability(np.array([0.5, 0.5, 0.9]), mu=0.9, sigma=0.2).round(3)
    array([0.107, 0.107, 0.787])
    """
    exponent = _exponent(hardness, mu, sigma)
    weight = np.exp(exponent - exponent.max())
    return np.asarray(weight / weight.sum())


def draw_by_hardness(
    hardness: FloatArray, n: int, mu: float, sigma: float, rng: np.random.Generator
) -> Rows:
    """``n`` of the N positions without replacement, one after the other in proportion to weights.

    The n largest of ``log weight + Gumbel noise`` are such a draw (Efraimidis and Spirakis,
    Information Processing Letters 2006, in logarithms), where far weights do not vanish.
    """
    if n >= len(hardness):
        return np.arange(len(hardness))
    keys = _exponent(hardness, mu, sigma) + rng.gumbel(size=len(hardness))
    return np.argpartition(-keys, n - 1)[:n]


def _exponent(hardness: FloatArray, mu: float, sigma: float) -> FloatArray:
    return np.asarray(-0.5 * ((hardness - mu) / sigma) ** 2)
