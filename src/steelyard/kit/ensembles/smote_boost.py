"""SMOTEBoost: boosting in which every round adds synthetic rows of the rare classes."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from steelyard.kit.ensembles.boosting import (
    ResampledBoosting,
    Sample,
    class_masses,
    class_shares,
)
from steelyard.kit.ensembles.clusters import ClusteredNeighbours
from steelyard.kit.ensembles.drawing import Rows
from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.ensembles.features import Matrix, stacked
from steelyard.kit.ensembles.schedule import Balancing, Direction
from steelyard.kit.ensembles.synthesis import Neighbours, neighbours_of_classes
from steelyard.kit.ensembles.thinning import rows_of_a_round, thinned
from steelyard.kit.metrics.arrays import FloatArray, IntArray


class SMOTEBoostClassifier(ResampledBoosting):
    """Chawla et al., SMOTEBoost, PKDD 2003, figure 1.

    Synthetic rows are made anew each round, have the weight of the row they start from and are
    thrown away after it. The paper adds a fixed number a round; here each class is brought to its
    target. How the start differs is told in `boosting`. ``notes_`` says which classes have too few
    rows for ``k_neighbors``.

    Parameters
    ----------
    k_neighbors : neighbours a synthetic row may lie towards
    estimator, n_estimators, learning_rate, early_termination, prior, n_jobs, random_state : as in
        `RUSBoostClassifier`, but None is ``shallow-tree``
    """

    direction: ClassVar[Direction] = "over"

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 50,
        *,
        k_neighbors: int = 5,
        learning_rate: float = 1.0,
        early_termination: bool = False,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.k_neighbors = k_neighbors
        self.learning_rate = learning_rate
        self.early_termination = early_termination
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _grow(self, task: Task, plan: Balancing) -> None:
        grow = np.flatnonzero(plan.target > task.counts)
        self._neighbours: Mapping[int, Neighbours | ClusteredNeighbours]
        self._neighbours, self.notes_ = self._search(task, grow)
        super()._grow(task, plan)
        del self._neighbours  # a copy of the training rows, of no use to a trained model

    def _search(
        self, task: Task, grow: IntArray
    ) -> tuple[Mapping[int, Neighbours | ClusteredNeighbours], list[str]]:
        return neighbours_of_classes(task.features, task.by_class, grow, self.k_neighbors)

    def _sample(
        self, task: Task, weight: FloatArray, counts: IntArray, rng: np.random.Generator
    ) -> Sample:
        most, y, drawn = rows_of_a_round(task), [task.y], [weight]
        synthetic = []
        for k, near in self._neighbours.items():
            wanted = max(int(counts[k]) - len(task.by_class[k]), 0)
            made, start = near.synthesise(min(wanted, most), rng)
            synthetic.append(made)
            y.append(np.full(len(made), k))
            drawn.append(weight[start] * (wanted / max(len(made), 1)))
        labels = np.concatenate(y)
        masses = class_masses(task, weight)
        shares = class_shares(labels, np.concatenate(drawn), masses)
        kept, light = thinned(shares, labels, most, rng)
        return self._rows(task, synthetic, kept), labels[kept], light

    def _rows(self, task: Task, synthetic: list[Matrix], kept: Rows | slice) -> Matrix:
        """The ``kept`` of all real rows and, after them, the synthetic ones."""
        if isinstance(kept, slice):
            return stacked([task.features.all(), *synthetic])
        n = task.features.n_rows
        real = task.features.rows(kept[kept < n])
        if not synthetic:  # no class is smaller than its target
            return real
        return stacked([real, np.concatenate(synthetic)[kept[kept >= n] - n]])
