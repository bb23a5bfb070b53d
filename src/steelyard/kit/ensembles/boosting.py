"""Boosting in which every round trains on re-balanced rows: what RUSBoost and SMOTEBoost share.

The papers start from equal weights of all rows. Then almost all of the loss is the frequent
class's, a member made for balanced rows is no better than chance after a round or two, and boosting
ends; so of fifty stumps of imbalanced-ensemble's RUSBoost two have a vote. Here the weights start
with the class shares that the members are trained on, and each round's sample has the class shares
of the weights at that round: what is measured is what was trained. Where a schedule asks for other
counts than the target's, the sample's shares are moved by as much.
"""

from abc import abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np

from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.ensembles.features import Matrix
from steelyard.kit.ensembles.learning_rate import check_learning_rate
from steelyard.kit.ensembles.members import fit_member, member_proba, seeds
from steelyard.kit.ensembles.pseudo_loss import PseudoLoss
from steelyard.kit.ensembles.sampling import SamplingEnsemble
from steelyard.kit.ensembles.schedule import Balancing
from steelyard.kit.metrics.arrays import FloatArray, IntArray

Sample = tuple[Matrix, IntArray, FloatArray]


class ResampledBoosting(SamplingEnsemble):
    """AdaBoost.M2 on rows that ``_sample`` draws; ``estimator_errors_`` are the pseudo-losses.

    A member no better than chance is thrown away and another drawn; after three in succession the
    weights start anew. ``early_termination`` ends the training there instead, and when a member
    makes no mistake.
    """

    default_learner: ClassVar[str] = "shallow-tree"
    link: ClassVar[Literal["mean", "softmax"]] = "softmax"

    learning_rate: float
    early_termination: bool

    def _grow(self, task: Task, plan: Balancing) -> None:
        check_learning_rate(self.learning_rate)
        n, K = self.n_estimators, len(task.by_class)
        everything, failures = task.features.all(), 0
        errors: list[float] = []
        # a user's weights count within a class and between classes
        per_row = class_masses(task, task.weight) / task.counts
        start = class_shares(task.y, task.weight, plan.target * per_row)
        boosting = PseudoLoss.start(task.y, start, K)
        for seed in seeds(task.rng, 2 * n):
            rng, counts = np.random.default_rng([seed, 1]), plan.counts(len(errors), n)
            counts = self._counts_drawn(task, counts)
            off_target = (counts / plan.target)[task.y]  # 1 but where a schedule says otherwise
            X, y, weight = self._sample(task, boosting.rows() * off_target, counts, rng)
            member = fit_member(task.template, X, y, weight, seed=seed)
            margin = boosting.margin(member_proba(member, everything, K))
            loss = boosting.loss(margin)
            if loss >= 0.5 and errors:
                failures += 1
                if self.early_termination:
                    break
                if failures % 3 == 0:
                    boosting = PseudoLoss.start(task.y, start, K)
                continue
            vote = max(self.learning_rate * boosting.vote(loss), 1e-6)
            boosting.step(margin, vote)
            errors.append(loss)
            mass = np.bincount(y, weight, minlength=K).astype(np.float64)
            self._add(task, member, vote, mass, counts)
            if len(errors) == n or (self.early_termination and loss <= 0):
                break
        self.estimator_errors_ = np.array(errors)

    def _counts_drawn(self, task: Task, counts: IntArray) -> IntArray:
        """Rows ``(K,)`` a class that ``counts`` comes to: none are added, or none are taken."""
        if self.direction == "over":
            return np.maximum(counts, task.counts)
        return counts if getattr(self, "replacement", False) else np.minimum(counts, task.counts)

    @abstractmethod
    def _sample(
        self, task: Task, weight: FloatArray, counts: IntArray, rng: np.random.Generator
    ) -> Sample:
        """A round's rows, their classes and their weights, from ``weight (N,)`` of all rows."""


def class_shares(y: IntArray, weight: FloatArray, mass: Any) -> FloatArray:
    """``weight`` scaled so that class k has ``mass[k]`` in all.

    >>> class_shares(np.array([0, 0, 1]), np.array([1.0, 3.0, 1.0]), [1, 1])
    array([0.25, 0.75, 1.  ])
    """
    held = np.bincount(y, weight, minlength=len(mass))
    return np.asarray(weight * (np.asarray(mass) / np.where(held > 0, held, 1))[y])


def class_masses(task: Task, weight: FloatArray) -> FloatArray:
    """``(K,)`` sum of ``weight (N,)`` of each class."""
    return np.bincount(task.y, weight, minlength=len(task.by_class)).astype(np.float64)
