"""AdaCost: costly mistakes gain weight faster, and costly rows that are right lose it slower."""

import numpy as np

from steelyard.kit.ensembles.cost_boosting import CostBoosting
from steelyard.kit.metrics.arrays import FloatArray


class AdaCostClassifier(CostBoosting):
    """Fan et al., AdaCost: Misclassification Cost-Sensitive Boosting, ICML 1999, figure 1.

    Weights start in proportion to costs; the factor in the exponent is ``0.5 + 0.5 c`` for a
    mistake and ``0.5 - 0.5 c`` for a right decision, the adjustment function of section 5; alpha is
    their equation 2. c is the cost of the mistake that a member makes, above the cheapest and over
    the dearest one: the paper asks for [0, 1], and where all mistakes cost alike c must be 0 for
    this to be AdaBoost; at 1 right decisions would count for nothing.

    Parameters
    ----------
    estimator, n_estimators, learning_rate, early_termination, prior, n_jobs, random_state : as in
        `RUSBoostClassifier`
    """

    def _start(self, weight: FloatArray, cost: FloatArray) -> FloatArray:
        return weight * cost

    def _factor(self, margin: FloatArray, cost: FloatArray) -> FloatArray:
        above = cost - self.cost_matrix_[self.cost_matrix_ > 0].min()
        return np.asarray(0.5 - 0.5 * np.where(margin > 0, above, -above))
