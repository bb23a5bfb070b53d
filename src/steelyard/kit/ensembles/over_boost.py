"""OverBoost: boosting in which every round repeats rows of the rare classes at random."""

from typing import Any, ClassVar

import numpy as np

from steelyard.kit.ensembles.boosting import (
    ResampledBoosting,
    Sample,
    class_masses,
    class_shares,
)
from steelyard.kit.ensembles.drawing import over_sample
from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.ensembles.schedule import Direction
from steelyard.kit.ensembles.thinning import rows_of_a_round, thinned
from steelyard.kit.metrics.arrays import FloatArray, IntArray


class OverBoostClassifier(ResampledBoosting):
    """imbalanced-ensemble's counterpart of RUSBoost with random over-sampling; it has no paper.

    Repeated rows are rows with that many times the weight. For its boosting see `boosting`.

    Parameters
    ----------
    estimator, n_estimators, learning_rate, early_termination, prior, n_jobs, random_state : as in
        `RUSBoostClassifier`, but None is ``shallow-tree``
    """

    direction: ClassVar[Direction] = "over"

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

    def _sample(
        self, task: Task, weight: FloatArray, counts: IntArray, rng: np.random.Generator
    ) -> Sample:
        rows, times = over_sample(task.by_class, counts, rng)
        drawn = class_shares(task.y[rows], weight[rows] * times, class_masses(task, weight))
        kept, drawn = thinned(drawn, task.y[rows], rows_of_a_round(task), rng)
        return task.features.rows(rows[kept]), task.y[rows[kept]], drawn
