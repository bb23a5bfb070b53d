"""AdaBoost.M2: boosting by the pseudo-loss, for any number of classes and members with confidence.

Freund and Schapire, Experiments with a New Boosting Algorithm, ICML 1996, figure 2. A weight for
each row *and wrong class*, ``D (N, K)``; a member ``h`` has the pseudo-loss
``1/2 sum D(i, k) (1 - h(x_i, y_i) + h(x_i, k))``, which is 1/2 for any member that knows nothing,
however many classes there are. RUSBoost and SMOTEBoost are made on it. Members vote with
``log((1 - loss) / loss)`` and the softmax of the votes is the probability: with two classes the
exponential loss that is minimised has the log-odds as its optimum (Friedman, Hastie and Tibshirani
2000, result 1).
"""

from dataclasses import dataclass

import numpy as np

from steelyard.kit.metrics.arrays import FloatArray, IntArray


@dataclass
class PseudoLoss:
    """``weights (N, K)``, 0 at the row's own class, that sum to 1."""

    y: IntArray
    weights: FloatArray

    @classmethod
    def start(cls, y: IntArray, rows: FloatArray, n_classes: int) -> "PseudoLoss":
        """From one weight a row, ``rows (N,)``, spread over its wrong classes."""
        weights = np.repeat(rows[:, None] / (n_classes - 1), n_classes, axis=1)
        weights[np.arange(len(y)), y] = 0
        return cls(y, weights / weights.sum())

    def rows(self) -> FloatArray:
        """``(N,)`` the weight of each row: that of its wrong classes together."""
        return np.asarray(self.weights @ np.ones(self.weights.shape[1]))  # a third of sum's time

    def margin(self, proba: FloatArray) -> FloatArray:
        """``h(x_i, y_i) - h(x_i, k)`` of a member's ``proba (N, K)``."""
        return np.asarray(proba[np.arange(len(self.y)), self.y][:, None] - proba)

    def loss(self, margin: FloatArray) -> float:
        """The pseudo-loss of a member's ``margin (N, K)``; chance is 1/2."""
        # the weights sum to 1, so this is half the sum of D (1 - margin)
        return 0.5 - 0.5 * float(np.vdot(self.weights, margin))

    def vote(self, loss: float) -> float:
        """``log((1 - loss) / loss)``; no loss is taken for less than half a row's."""
        floor = 0.5 / len(self.y)
        return float(np.log(1 / min(max(loss, floor), 1 - floor) - 1))

    def step(self, margin: FloatArray, vote: float) -> None:
        """Weigh down what a member with this ``margin (N, K)`` and vote knows."""
        self.weights *= np.exp(-0.5 * vote * margin)
        self.weights /= self.weights.sum()
