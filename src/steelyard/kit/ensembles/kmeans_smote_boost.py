"""SMOTEBoost whose synthetic rows are made by k-means SMOTE."""

from collections.abc import Mapping
from typing import Any

from steelyard.kit.ensembles.clusters import ClusteredNeighbours, cluster_labels
from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.ensembles.smote_boost import SMOTEBoostClassifier
from steelyard.kit.ensembles.synthesis import Neighbours, neighbours_of_classes
from steelyard.kit.metrics.arrays import IntArray


class KMeansSMOTEBoostClassifier(SMOTEBoostClassifier):
    """SMOTEBoost (Chawla et al. 2003) on the synthesis of `ClusteredNeighbours` (Douzas 2018).

    Clusters and neighbours are found once; imbalanced-ensemble found them in every round. Rare rows
    outside the chosen clusters have no synthetic ones beside them, so the rare class is no random
    part of itself and correcting for the ``prior`` overdoes it: on two made tables the calibration
    error went from .039 to .047 and from .030 to .058.

    Parameters
    ----------
    n_clusters : clusters of all rows, of every class
    k_neighbors, estimator, n_estimators, learning_rate, early_termination, prior, n_jobs,
        random_state : as in `SMOTEBoostClassifier`
    """

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        k_neighbors: int = 5,
        n_clusters: int = 8,
        learning_rate: float = 1.0,
        early_termination: bool = False,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            estimator,
            n_estimators,
            k_neighbors=k_neighbors,
            learning_rate=learning_rate,
            early_termination=early_termination,
            prior=prior,
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.n_clusters = n_clusters

    def _search(
        self, task: Task, grow: IntArray
    ) -> tuple[Mapping[int, Neighbours | ClusteredNeighbours], list[str]]:
        _, notes = neighbours_of_classes(task.features, task.by_class, grow, self.k_neighbors)
        label = cluster_labels(task.features, self.n_clusters, int(task.rng.integers(2**31 - 1)))
        found = {
            int(k): ClusteredNeighbours.of(task.features, label, task.by_class[k], self.k_neighbors)
            for k in grow
        }
        return found, notes
