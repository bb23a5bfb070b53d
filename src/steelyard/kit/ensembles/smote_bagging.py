"""SMOTE-bagging: rare rows are repeated, to a part that varies, and synthetic for the rest."""

from typing import Any, ClassVar

import numpy as np

from steelyard.kit.ensembles.drawing import bootstrap
from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.ensembles.features import stacked
from steelyard.kit.ensembles.independent import IndependentMembers
from steelyard.kit.ensembles.members import fit_member
from steelyard.kit.ensembles.schedule import Balancing, Direction
from steelyard.kit.ensembles.synthesis import neighbours_of_classes
from steelyard.kit.metrics.arrays import FloatArray, IntArray


class SMOTEBaggingClassifier(IndependentMembers):
    """Wang and Yao, Diversity Analysis on Imbalanced Data Sets, CIDM 2009, table II.

    Of the rows of a smaller class in member i, b % are drawn with replacement and the others are
    synthetic; b goes 10, 20, ... 100 and begins again. The largest class is a bootstrap.
    ``notes_`` says which classes have too few rows for ``k_neighbors``.

    Parameters
    ----------
    k_neighbors : neighbours a synthetic row may lie towards
    estimator, n_estimators, prior, n_jobs, random_state : as in `UnderBaggingClassifier`
    """

    direction: ClassVar[Direction] = "over"

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 10,
        *,
        k_neighbors: int = 5,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.k_neighbors = k_neighbors
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _grow(self, task: Task, plan: Balancing) -> None:
        grow = np.flatnonzero(plan.target > task.counts)
        self._neighbours, self.notes_ = neighbours_of_classes(
            task.features, task.by_class, grow, self.k_neighbors
        )
        super()._grow(task, plan)
        del self._neighbours  # a copy of the training rows, of no use to a trained model

    def _member(
        self, task: Task, counts: IntArray, number: int, seed: int
    ) -> tuple[Any, FloatArray]:
        rng = np.random.default_rng([seed, 1])
        synthetic = np.zeros_like(counts)
        for k in self._neighbours:
            repeated = max(round(counts[k] * (number % 10 + 1) / 10), 1)
            synthetic[k] = counts[k] - repeated
        rows, times = bootstrap(task.by_class, counts - synthetic, rng)
        X, y, weight = [task.features.rows(rows)], [task.y[rows]], [task.weight[rows] * times]
        for k, near in self._neighbours.items():
            made, start = near.synthesise(int(synthetic[k]), rng)
            X.append(made)
            y.append(np.full(len(made), k))
            weight.append(task.weight[start])
        labels, weights = np.concatenate(y), np.concatenate(weight)
        member = fit_member(task.template, stacked(X), labels, weights, seed=seed)
        return member, np.bincount(labels, weights, minlength=len(counts)).astype(np.float64)
