"""AdaCost: costly mistakes gain weight faster, and costly rows that are right lose it slower."""

import numpy as np

from steelyard.kit.ensembles.cost_boosting import CostBoosting
from steelyard.kit.metrics.arrays import FloatArray


class AdaCostClassifier(CostBoosting):
    """Fan et al., AdaCost: Misclassification Cost-Sensitive Boosting, ICML 1999, figure 1.

    Weights start in proportion to costs; the factor in the exponent is ``0.5 + 0.5 c`` for a
    mistake and ``0.5 - 0.5 c`` for a right decision, the adjustment function of section 5; alpha is
    their equation 2. c is the cost of the mistake that a member makes: 0 for the cheapest, so that
    this is AdaBoost where all cost alike, and at most 1/2. The paper allows 1, at which right
    decisions count for nothing and no stump is better than chance: boosting ends after one.

    Parameters
    ----------
    estimator, n_estimators, learning_rate, early_termination, prior, n_jobs, random_state : as in
        `RUSBoostClassifier`, but None is ``shallow-tree``
    """

    def _start(self, weight: FloatArray, cost: FloatArray) -> FloatArray:
        return weight * cost

    def _factor(self, margin: FloatArray, cost: FloatArray) -> FloatArray:
        above = 0.5 * (cost - self.cost_matrix_[self.cost_matrix_ > 0].min())
        return np.asarray(0.5 - 0.5 * np.where(margin > 0, above, -above))
