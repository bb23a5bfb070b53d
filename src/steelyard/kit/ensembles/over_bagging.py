"""Over-bagging: a bootstrap in which every class has as many rows as the largest."""

from typing import Any, ClassVar

import numpy as np

from steelyard.kit.ensembles.drawing import bootstrap
from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.ensembles.independent import IndependentMembers, class_mass
from steelyard.kit.ensembles.schedule import Direction
from steelyard.kit.metrics.arrays import FloatArray, IntArray


class OverBaggingClassifier(IndependentMembers):
    """Wang and Yao, Diversity Analysis on Imbalanced Data Sets, CIDM 2009, section III.

    Every class is drawn with replacement up to the rows of the largest. A row that is drawn several
    times is there once with that weight, which says the same to a tree and costs less.

    Parameters
    ----------
    estimator, n_estimators, prior, n_jobs, random_state : as in `UnderBaggingClassifier`
    """

    direction: ClassVar[Direction] = "over"

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 10,
        *,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _member(
        self, task: Task, counts: IntArray, number: int, seed: int
    ) -> tuple[Any, FloatArray]:
        rows, times = bootstrap(task.by_class, counts, np.random.default_rng([seed, 1]))
        return task.member(rows, seed, times), class_mass(task, rows, times)
