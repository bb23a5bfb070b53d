"""Ensembles of members on under-sampled rows, by their old names and parameters."""

from typing import Any, ClassVar

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from steelyard.kit import ensembles
from steelyard.kit.ensembles.drawing import bootstrap
from steelyard.kit.ensembles.independent import class_mass
from steelyard.kit.imbens.ensemble.families import Bagged, Boosted
from steelyard.kit.imbens.ensemble.manners import OldManners
from steelyard.kit.metrics.arrays import FloatArray

__all__ = [
    "BalanceCascadeClassifier",
    "BalancedRandomForestClassifier",
    "EasyEnsembleClassifier",
    "RUSBoostClassifier",
    "SelfPacedEnsembleClassifier",
    "UnderBaggingClassifier",
]


class SelfPacedEnsembleClassifier(OldManners, ensembles.SelfPacedEnsembleClassifier):
    """`steelyard.kit.ensembles.SelfPacedEnsembleClassifier`."""

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        k_bins: int = 5,
        soft_resample_flag: bool = False,
        replacement: bool = True,
        estimator_params: Any = (),
        base_estimator: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.k_bins = k_bins
        self.soft_resample_flag = soft_resample_flag
        self.replacement = replacement
        self.estimator_params = estimator_params
        self.base_estimator = base_estimator
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose


class BalanceCascadeClassifier(OldManners, ensembles.BalanceCascadeClassifier):
    """`steelyard.kit.ensembles.BalanceCascadeClassifier`."""

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        replacement: bool = True,
        estimator_params: Any = (),
        base_estimator: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.replacement = replacement
        self.estimator_params = estimator_params
        self.base_estimator = base_estimator
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose


class BalancedRandomForestClassifier(OldManners, ensembles.BalancedRandomForestClassifier):
    """`steelyard.kit.ensembles.BalancedRandomForestClassifier`; settings of trees are theirs.

    Where none is given, members are this kit's forest trees.
    """

    tree: ClassVar[dict[str, Any]] = {
        "criterion": "gini",
        "max_depth": None,
        "min_samples_split": 2,
        "min_samples_leaf": 1,
        "min_weight_fraction_leaf": 0.0,
        "max_features": "sqrt",
        "max_leaf_nodes": None,
        "min_impurity_decrease": 0.0,
        "ccp_alpha": 0.0,
    }
    no_longer: ClassVar[dict[str, tuple[Any, str]]] = {
        **OldManners.no_longer,
        "max_samples": (None, "give n_target_samples to fit"),
    }
    estimator: Any = None

    def __init__(
        self,
        n_estimators: int = 50,
        *,
        criterion: str = "gini",
        max_depth: int | None = None,
        min_samples_split: float = 2,
        min_samples_leaf: float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: Any = "sqrt",
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        bootstrap: bool = True,
        oob_score: bool = False,
        sampling_strategy: Any = "auto",
        replacement: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
        warm_start: bool = False,
        class_weight: Any = None,
        ccp_alpha: float = 0.0,
        max_samples: Any = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start
        self.class_weight = class_weight
        self.ccp_alpha = ccp_alpha
        self.max_samples = max_samples

    def _learner_asked_for(self) -> Any:
        asked = {name: getattr(self, name) for name in self.tree}
        return None if asked == self.tree else DecisionTreeClassifier(**asked)

    def _member(self, task: Any, counts: Any, number: int, seed: int) -> tuple[Any, FloatArray]:
        # the old forest drew a bootstrap inside each balanced sample
        if self.replacement or not self.bootstrap:
            return super()._member(task, counts, number, seed)
        rows, times = bootstrap(task.by_class, counts, np.random.default_rng([seed, 1]))
        return task.member(rows, seed, times), class_mass(task, rows, times)


class EasyEnsembleClassifier(Bagged, ensembles.EasyEnsembleClassifier):
    """`steelyard.kit.ensembles.EasyEnsembleClassifier`: ten rounds of boosting a member."""

    replacement: bool = False
    n_boosting_rounds: int = 10


class UnderBaggingClassifier(Bagged, ensembles.UnderBaggingClassifier):
    """`steelyard.kit.ensembles.UnderBaggingClassifier`."""

    replacement: bool = False


class RUSBoostClassifier(Boosted, ensembles.RUSBoostClassifier):
    """`steelyard.kit.ensembles.RUSBoostClassifier`."""

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        replacement: bool = True,
        learning_rate: float = 1.0,
        algorithm: str = "SAMME",
        early_termination: bool = False,
        base_estimator: Any = None,
        random_state: Any = None,
    ) -> None:
        Boosted.__init__(
            self,
            estimator,
            n_estimators,
            learning_rate=learning_rate,
            algorithm=algorithm,
            early_termination=early_termination,
            base_estimator=base_estimator,
            random_state=random_state,
        )
        self.replacement = replacement
