"""Boosting that reads a cost matrix: the round that AdaCost, AdaUBoost and AsymBoost vary.

Members have a margin on each row, ``m = (K p_y - 1) / (K - 1)`` of their probability of the row's
class: 1 if sure and right, 0 for one that knows nothing; with two classes it is ``y h(x)`` of the
papers, with h in [-1, 1]. A round multiplies the weights by ``exp(-alpha f m)``, and a member votes
with ``alpha K / (K - 1)`` for its probabilities; the softmax of the votes is the probability, as
AdaBoost's is the logistic of twice its sum (Friedman, Hastie and Tibshirani 2000, result 1).

imbalanced-ensemble overrides methods that scikit-learn no longer calls, so these are AdaBoost there
whatever the costs.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np

from steelyard.kit.ensembles.costs import class_costs, cost_table, mistake_costs
from steelyard.kit.ensembles.ensemble import GrownEnsemble
from steelyard.kit.ensembles.learning_rate import check_learning_rate
from steelyard.kit.ensembles.members import fit_member, member_proba, seeds
from steelyard.kit.ensembles.thinning import rows_of_a_round, thinned
from steelyard.kit.metrics.arrays import FloatArray

Word = Literal["uniform", "inverse", "log1p-inverse"]


class CostBoosting(GrownEnsemble):
    """``estimator_errors_`` are ``(1 - sum D m) / 2``: 1/2 is chance.

    A member whose alpha is not above 0 is thrown away and the weights start anew;
    ``early_termination`` ends the training there, and at a member without error.
    """

    default_learner: ClassVar[str] = "shallow-tree"
    link: ClassVar[Literal["mean", "softmax"]] = "softmax"

    cost_power: ClassVar[float] = 1.0  # that all rounds together have multiplied weights by

    learning_rate: float
    early_termination: bool

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        learning_rate: float = 1.0,
        early_termination: bool = False,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.early_termination = early_termination
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        cost_matrix: Word | FloatArray | None = None,
        eval_datasets: Mapping[str, tuple[Any, Any]] | None = None,
        eval_metrics: Mapping[str, Any] | None = None,
        train_verbose: bool | int | Mapping[str, Any] = False,
    ) -> Self:
        """Train the members; ``cost_matrix`` as in `costs.cost_table`, else as `SamplingEnsemble`.

        Raises
        ------
        ValueError
            Whatever does not fit, with the argument and its value.
        """
        task = self._begin(X, y, sample_weight, eval_datasets, eval_metrics, train_verbose)
        check_learning_rate(self.learning_rate)
        n, K = self.n_estimators, len(self.classes_)
        self.cost_matrix_ = cost_table(cost_matrix, task.counts)
        row_cost = class_costs(self.cost_matrix_)[task.y]
        everything, most = task.features.all(), rows_of_a_round(task)
        seen = task.weight * row_cost**self.cost_power
        mass = np.bincount(task.y, seen).astype(np.float64)
        start = self._start(task.weight, row_cost)
        weight, errors = start / start.sum(), list[float]()
        for seed in seeds(task.rng, 2 * n):
            weight = self._before(weight, row_cost)
            rows, light = thinned(weight, task.y, most, np.random.default_rng([seed, 1]))
            member = fit_member(task.template, everything[rows], task.y[rows], light, seed=seed)
            proba = member_proba(member, everything, K)
            margin = (K * proba[np.arange(len(task.y)), task.y] - 1) / (K - 1)
            factor = self._factor(margin, mistake_costs(self.cost_matrix_, task.y, proba))
            alpha, error = self._alpha(weight, margin, factor), 0.5 - 0.5 * float(weight @ margin)
            if errors and (alpha <= 0 or error >= 0.5):
                if self.early_termination:
                    break
                weight = start / start.sum()
                continue
            alpha = self.learning_rate * max(alpha, 1e-6)
            weight = weight * np.exp(-alpha * factor * margin)
            weight /= weight.sum()
            errors.append(error)
            self._add(task, member, alpha * K / (K - 1), mass, task.counts)
            if len(errors) == n or (self.early_termination and error <= 0):
                break
        self.estimator_errors_ = np.array(errors)
        self._end(task)
        return self

    @abstractmethod
    def _start(self, weight: FloatArray, cost: FloatArray) -> FloatArray:
        """The first weights ``(N,)``, of any sum."""

    def _before(self, weight: FloatArray, cost: FloatArray) -> FloatArray:
        """The weights ``(N,)`` that a round trains with."""
        return weight

    @abstractmethod
    def _factor(self, margin: FloatArray, cost: FloatArray) -> FloatArray:
        """What multiplies the margin in the exponent, ``(N,)`` and at most 1."""

    def _alpha(self, weight: FloatArray, margin: FloatArray, factor: FloatArray) -> float:
        """``1/2 log((1 + r) / (1 - r))``, ``r = sum D f m``; Schapire and Singer 1999, eq. 10."""
        limit = 1 - 1 / len(weight)
        r = min(max(float(weight @ (factor * margin)), -limit), limit)
        return 0.5 * float(np.log((1 + r) / (1 - r)))
