"""EasyEnsemble: a boosting in each of several balanced subsets."""

from typing import Any, ClassVar

from steelyard.kit.ensembles.boosted_subset import BoostedSubset
from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.ensembles.members import LEARNERS, learner
from steelyard.kit.ensembles.schedule import Balancing
from steelyard.kit.ensembles.under_bagging import UnderBaggingClassifier


class EasyEnsembleClassifier(UnderBaggingClassifier):
    """Liu, Wu and Zhou, Exploratory Undersampling for Class-Imbalance Learning, 2009, algorithm 1.

    A boosting (AdaBoost.M2) of ``n_boosting_rounds`` in each subset. The paper adds up the votes of
    all rounds of all subsets; here each subset's votes become probabilities first, which are
    averaged. imbalanced-ensemble boosted stumps; trees of depth 10 reach a far higher average
    precision.

    Parameters
    ----------
    estimator : what is boosted, which must take sample weights: None, ``subset-tree``, another
        name or a classifier. ``boosting`` and a classifier that boosts by itself (it has
        ``max_iter`` or ``n_estimators``) is the member as it is
    n_estimators : subsets
    n_boosting_rounds : members of each boosting
    replacement, prior, n_jobs, random_state : as in `UnderBaggingClassifier`
    """

    default_learner: ClassVar[str] = "subset-tree"

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 10,
        *,
        n_boosting_rounds: int = 10,
        replacement: bool = False,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            estimator,
            n_estimators,
            replacement=replacement,
            prior=prior,
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.n_boosting_rounds = n_boosting_rounds

    def _grow(self, task: Task, plan: Balancing) -> None:
        template, _ = learner(self._learner_asked_for(), self.default_learner)
        names = template.get_params()
        boosts = template is LEARNERS["boosting"] or bool({"max_iter", "n_estimators"} & set(names))
        if not boosts:
            template = BoostedSubset(template, n_rounds=self.n_boosting_rounds)
        super()._grow(Task(**{**vars(task), "template": template}), plan)
