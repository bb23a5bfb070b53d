"""AdaUBoost: rows of costly classes start heavier, and their weights move more."""

import numpy as np

from steelyard.kit.ensembles.cost_boosting import CostBoosting
from steelyard.kit.metrics.arrays import FloatArray


class AdaUBoostClassifier(CostBoosting):
    """Karakoulas and Shawe-Taylor, Optimizing Classifiers for Imbalanced Training Sets, 1999.

    Section 3, boosting with unequal loss: weights start in proportion to costs and are multiplied
    by ``exp(-alpha c m)``, so that a row of a class that costs more gains and loses more. alpha is
    what minimises the sum of the new weights, found by bisection.

    Parameters
    ----------
    estimator, n_estimators, learning_rate, early_termination, prior, n_jobs, random_state : as in
        `RUSBoostClassifier`
    """

    def _start(self, weight: FloatArray, cost: FloatArray) -> FloatArray:
        return weight * cost

    def _factor(self, margin: FloatArray, cost: FloatArray) -> FloatArray:
        return cost

    def _alpha(self, weight: FloatArray, margin: FloatArray, factor: FloatArray) -> float:
        moved, low, high = factor * margin, 0.0, 2 * np.log(2.0 * len(weight))
        if weight @ moved <= 0:
            return 0.0
        for _ in range(30):
            middle = (low + high) / 2
            # the slope of the sum only rises with alpha
            if weight @ (moved * np.exp(-middle * moved)) > 0:
                low = middle
            else:
                high = middle
        return float((low + high) / 2)
