"""Ensembles of members on over-sampled rows, by their old names and parameters."""

from typing import Any

from steelyard.kit import ensembles
from steelyard.kit.imbens.ensemble.families import Bagged, Boosted

__all__ = [
    "KmeansSMOTEBoostClassifier",
    "OverBaggingClassifier",
    "OverBoostClassifier",
    "SMOTEBaggingClassifier",
    "SMOTEBoostClassifier",
]


class OverBoostClassifier(Boosted, ensembles.OverBoostClassifier):
    """`steelyard.kit.ensembles.OverBoostClassifier`."""


class OverBaggingClassifier(Bagged, ensembles.OverBaggingClassifier):
    """`steelyard.kit.ensembles.OverBaggingClassifier`."""


class SMOTEBoostClassifier(Boosted, ensembles.SMOTEBoostClassifier):
    """`steelyard.kit.ensembles.SMOTEBoostClassifier`."""

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        k_neighbors: int = 5,
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
        self.k_neighbors = k_neighbors


class KmeansSMOTEBoostClassifier(Boosted, ensembles.KMeansSMOTEBoostClassifier):
    """`steelyard.kit.ensembles.KMeansSMOTEBoostClassifier`.

    ``kmeans_estimator`` is a number of clusters or a k-means, whose number is taken.
    """

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        k_neighbors: int = 2,
        n_jobs_sampler: int | None = None,
        kmeans_estimator: Any = None,
        cluster_balance_threshold: Any = 0.1,
        density_exponent: Any = "auto",
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
        self.k_neighbors = k_neighbors
        self.n_jobs_sampler = n_jobs_sampler
        self.kmeans_estimator = kmeans_estimator
        self.cluster_balance_threshold = cluster_balance_threshold
        self.density_exponent = density_exponent

    @property
    def n_clusters(self) -> int:  # type: ignore[override] # it is no parameter here
        """How many clusters are asked for; eight without a word."""
        asked = self.kmeans_estimator
        return 8 if asked is None else int(getattr(asked, "n_clusters", asked))


class SMOTEBaggingClassifier(Bagged, ensembles.SMOTEBaggingClassifier):
    """`steelyard.kit.ensembles.SMOTEBaggingClassifier`."""

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        k_neighbors: int = 1,
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
        Bagged.__init__(
            self,
            estimator,
            n_estimators,
            max_samples=max_samples,
            max_features=max_features,
            bootstrap=bootstrap,
            bootstrap_features=bootstrap_features,
            oob_score=oob_score,
            warm_start=warm_start,
            base_estimator=base_estimator,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        self.k_neighbors = k_neighbors
