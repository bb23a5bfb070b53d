"""AdaUBoost: rows of costly classes start heavier, and give the surplus back round by round."""

from typing import ClassVar

import numpy as np

from steelyard.kit.ensembles.cost_boosting import CostBoosting
from steelyard.kit.metrics.arrays import FloatArray


class AdaUBoostClassifier(CostBoosting):
    """Karakoulas and Shawe-Taylor, Optimizing Classifiers for Imbalanced Training Sets, 1999.

    Algorithm 1, with T rounds: weights start in proportion to costs (step 1), and each round
    multiplies them, besides AdaBoost's factor, by the T-th root of one over the cost (step 2). The
    two steps are those of imbalanced-ensemble, whose costs came as ``beta``, one a class. In all no
    class's weight is changed, so the prior that is trained on is the data's and ``prior="train"``
    corrects nothing.

    Parameters
    ----------
    estimator, n_estimators, learning_rate, early_termination, prior, n_jobs, random_state : as in
        `RUSBoostClassifier`, but None is ``shallow-tree``
    """

    cost_power: ClassVar[float] = 0.0

    def _start(self, weight: FloatArray, cost: FloatArray) -> FloatArray:
        return weight * cost ** (1 + 1 / self.n_estimators)  # the first round takes its root too

    def _before(self, weight: FloatArray, cost: FloatArray) -> FloatArray:
        moved = weight * cost ** (-1 / self.n_estimators)
        return np.asarray(moved / moved.sum())

    def _factor(self, margin: FloatArray, cost: FloatArray) -> FloatArray:
        return np.ones_like(cost)
