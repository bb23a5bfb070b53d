"""AsymBoost: the asymmetry of the costs is put into every round, not only the first."""

import numpy as np

from steelyard.kit.ensembles.cost_boosting import CostBoosting
from steelyard.kit.metrics.arrays import FloatArray


class AsymBoostClassifier(CostBoosting):
    """Viola and Jones, Fast and Robust Classification using Asymmetric AdaBoost, NIPS 2001.

    Section 3: AdaBoost forgets unequal first weights in one round, so before each of its N rounds
    weights are multiplied by the N-th root of the cost, ``exp(y log(sqrt k) / N)`` there, with k
    the ratio of the two costs; all rounds together make the ratio k.

    Parameters
    ----------
    estimator, n_estimators, learning_rate, early_termination, prior, n_jobs, random_state : as in
        `RUSBoostClassifier`, but None is ``shallow-tree``
    """

    def _start(self, weight: FloatArray, cost: FloatArray) -> FloatArray:
        return weight

    def _before(self, weight: FloatArray, cost: FloatArray) -> FloatArray:
        moved = weight * cost ** (1 / self.n_estimators)
        return np.asarray(moved / moved.sum())

    def _factor(self, margin: FloatArray, cost: FloatArray) -> FloatArray:
        return np.ones_like(cost)
