"""RUSBoost: boosting in which every round sees all rare rows and a few of the frequent ones."""

from typing import Any, ClassVar

import numpy as np

from steelyard.kit.ensembles.boosting import (
    ResampledBoosting,
    Sample,
    class_masses,
    class_shares,
)
from steelyard.kit.ensembles.drawing import under_sample
from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.metrics.arrays import FloatArray, IntArray


class RUSBoostClassifier(ResampledBoosting):
    """Seiffert et al., RUSBoost, IEEE Trans. Systems, Man, Cybernetics A 2010, figure 1.

    Random rows of the frequent classes each round, with their boosting weights. How the start
    differs from the paper, and why, is told in `boosting`; more than two classes are treated as in
    AdaBoost.M2, whose binary case the paper writes.

    Parameters
    ----------
    estimator : None is ``subset-tree``; else as in `UnderBaggingClassifier`
    n_estimators : rounds
    learning_rate : each vote is multiplied by it
    early_termination : end at the first member without error or no better than chance
    replacement, prior, n_jobs, random_state : as in `UnderBaggingClassifier`; rounds follow each
        other, so ``n_jobs`` serves the prediction
    """

    default_learner: ClassVar[str] = "subset-tree"

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        replacement: bool = False,
        learning_rate: float = 1.0,
        early_termination: bool = False,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.replacement = replacement
        self.learning_rate = learning_rate
        self.early_termination = early_termination
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _sample(
        self, task: Task, weight: FloatArray, counts: IntArray, rng: np.random.Generator
    ) -> Sample:
        rows = under_sample(task.by_class, counts, rng, self.replacement)
        masses = class_masses(task, weight)
        drawn = class_shares(task.y[rows], weight[rows], masses)
        return task.features.rows(rows), task.y[rows], drawn
