"""K-means SMOTE: synthetic rows only where a class is at home, most where it is sparse."""

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from steelyard.kit.ensembles.drawing import Rows
from steelyard.kit.ensembles.features import Features, Matrix
from steelyard.kit.ensembles.synthesis import Neighbours, on_one_scale
from steelyard.kit.metrics.arrays import FloatArray, IntArray


class ClusteredNeighbours:
    """Douzas, Bacao and Last, Improving imbalanced learning through k-means and SMOTE, 2018.

    Algorithm 1: clusters of all rows; of class k those in which it is rarer than in the data are
    left out (the paper's threshold is 1, which leaves none at high ratios); the others have
    synthetic rows in proportion to their sparsity, the mean distance between the class's rows to
    the power of the columns over their number. The root of the mean squared distance stands for
    the mean distance, so that no pair is computed.
    """

    def __init__(self, clusters: list[Neighbours], share: FloatArray) -> None:
        self.clusters = clusters
        self.share = share

    @classmethod
    def of(
        cls, features: Features, label: IntArray, index: Rows, k_neighbors: int
    ) -> "ClusteredNeighbours":
        """Of the rows ``index`` of one class, given the cluster ``label (N,)`` of every row."""
        in_cluster = np.bincount(label)
        own = np.bincount(label[index], minlength=len(in_cluster))
        usual = own / np.maximum(in_cluster, 1) >= len(index) / len(label)
        chosen = np.flatnonzero(usual & (own > 1))
        if chosen.size == 0:
            return cls([Neighbours.of(features, index, k_neighbors)], np.ones(1))
        found = [index[label[index] == c] for c in chosen]
        near = [Neighbours.of(features, rows, k_neighbors) for rows in found]
        # logarithms: twenty columns make the ratio of two powers overflow
        log = np.array([_log_sparsity(features, one) for one in near])
        share = np.exp(log - log.max())
        return cls(near, share / share.sum())

    def synthesise(self, n: int, rng: np.random.Generator) -> tuple[Matrix, Rows]:
        """As `Neighbours.synthesise`, cluster by cluster."""
        each = rng.multinomial(n, self.share).tolist()
        made = [one.synthesise(k, rng) for one, k in zip(self.clusters, each)]
        return np.concatenate([m for m, _ in made]), np.concatenate([s for _, s in made])


def cluster_labels(features: Features, n_clusters: int, seed: int) -> IntArray:
    """``(N,)`` the cluster of every row.

    Raises
    ------
    ValueError
        ``n_clusters`` under 1.
    """
    if n_clusters < 1:
        raise ValueError(f"n_clusters must be at least 1, got {n_clusters!r}")
    rows = on_one_scale(features, features.dense_rows(np.arange(features.n_rows)))
    k = min(n_clusters, len(rows))
    model = MiniBatchKMeans(k, random_state=seed, n_init=1)
    return np.asarray(model.fit_predict(rows), dtype=np.int64)


def _log_sparsity(features: Features, near: Neighbours) -> float:
    rows = near.rows.astype(np.float64)
    gaps = features.missing(near.rows)
    spread = np.nanvar(np.where(gaps & ~gaps.all(axis=0), np.nan, rows), axis=0).sum()
    return float(rows.shape[1] / 2 * np.log(2 * spread + 1e-12) - np.log(len(rows)))
