"""Ensembles whose members know nothing of each other, so that they are trained in parallel."""

from abc import abstractmethod
from typing import Any

import numpy as np

from steelyard.kit.ensembles.ensemble import Task
from steelyard.kit.ensembles.members import seeds
from steelyard.kit.ensembles.sampling import SamplingEnsemble
from steelyard.kit.ensembles.schedule import Balancing
from steelyard.kit.metrics.arrays import FloatArray, IntArray


class IndependentMembers(SamplingEnsemble):
    """Trains ``n_estimators`` members by ``_member``, each from a seed of its own."""

    def _grow(self, task: Task, plan: Balancing) -> None:
        n = self.n_estimators
        wanted = [plan.counts(m, n) for m in range(n)]
        asked = ((task, wanted[m], m, seed) for m, seed in enumerate(seeds(task.rng, n)))
        whole = self.direction == "under" and not getattr(self, "replacement", False)
        for counts, (member, seen) in zip(wanted, self._in_parallel(self._member, asked)):
            drawn = np.minimum(counts, task.counts) if whole else counts
            self._add(task, member, 1.0, seen, drawn)

    @abstractmethod
    def _member(
        self, task: Task, counts: IntArray, number: int, seed: int
    ) -> tuple[Any, FloatArray]:
        """A member with ``counts (K,)`` rows a class, and the class mass ``(K,)`` that it saw."""


def class_mass(task: Task, rows: Any, times: FloatArray | None = None) -> FloatArray:
    """Sum of weights ``(K,)`` of each class among ``rows``."""
    weight = task.weight[rows] if times is None else task.weight[rows] * times
    return np.bincount(task.y[rows], weight, minlength=len(task.by_class)).astype(np.float64)


def class_counts(task: Task, rows: Any) -> IntArray:
    """Rows ``(K,)`` of each class among ``rows``."""
    return np.bincount(task.y[rows], minlength=len(task.by_class))
