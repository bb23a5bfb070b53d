"""Under-bagging: every member has all rare rows and as many of the frequent ones, drawn anew."""

from typing import Any, ClassVar

import numpy as np

from steelyard.kit.ensembles.drawing import under_sample
from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.ensembles.independent import IndependentMembers, class_mass
from steelyard.kit.metrics.arrays import FloatArray, IntArray


class UnderBaggingClassifier(IndependentMembers):
    """Barandela, Valdovinos and Sánchez, New applications of ensembles of classifiers, 2003.

    Section 3: balanced subsets, one a member, votes averaged.

    Parameters
    ----------
    estimator : None for the trees of `members`, a name of theirs (``tree``, ``boosting``), or a
        classifier with ``predict_proba``, which is given numbers and not shared codes
    n_estimators : members
    replacement : draw every class with replacement, the rare ones too
    prior : None leaves probabilities as for the balanced rows that members saw; ``train``,
        ``uniform`` or K frequencies correct them for those
    n_jobs : members trained at a time; the result is the same
    random_state : the same number gives the same model

    >>> from sklearn.datasets import load_breast_cancer
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = UnderBaggingClassifier(n_estimators=5, random_state=0).fit(X, y)
    >>> model.predict_proba(X[:2]).argmax(axis=1), model.trained_prior_
    (array([0, 0]), array([0.5, 0.5]))
    """

    default_learner: ClassVar[str] = "full-tree"

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        replacement: bool = False,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.replacement = replacement
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _member(
        self, task: Task, counts: IntArray, number: int, seed: int
    ) -> tuple[Any, FloatArray]:
        rng = np.random.default_rng([seed, 1])
        rows = under_sample(task.by_class, counts, rng, self.replacement)
        return task.member(rows, seed), class_mass(task, rows)
