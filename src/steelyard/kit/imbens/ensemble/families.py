"""The parameters that all old baggings share, and all old boostings."""

from typing import Any

from steelyard.kit.imbens.ensemble.manners import OldManners


class Bagged(OldManners):
    """Members that know nothing of each other; for the parameters see `RandomPart`."""

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        max_samples: float = 1.0,
        max_features: float = 1.0,
        bootstrap: bool = True,
        bootstrap_features: bool = False,
        oob_score: bool = False,
        warm_start: bool = False,
        base_estimator: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.bootstrap_features = bootstrap_features
        self.oob_score = oob_score
        self.warm_start = warm_start
        self.base_estimator = base_estimator
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose


class Boosted(OldManners):
    """Members that follow each other; ``algorithm`` is one and the same here."""

    n_jobs: int | None = None

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        learning_rate: float = 1.0,
        algorithm: str = "SAMME",
        early_termination: bool = False,
        base_estimator: Any = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.algorithm = algorithm
        self.early_termination = early_termination
        self.base_estimator = base_estimator
        self.random_state = random_state
