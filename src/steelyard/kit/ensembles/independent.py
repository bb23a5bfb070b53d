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
        drawn = enumerate(seeds(task.rng, n))
        asked = ((task, plan.counts(m, n), m, seed) for m, seed in drawn)
        for member, seen in self._in_parallel(self._member, asked):
            self._add(task, member, 1.0, seen)

    @abstractmethod
    def _member(
        self, task: Task, counts: IntArray, number: int, seed: int
    ) -> tuple[Any, FloatArray]:
        """A member with ``counts (K,)`` rows a class, and the class mass ``(K,)`` that it saw."""


def class_mass(task: Task, rows: Any, times: FloatArray | None = None) -> FloatArray:
    """Sum of weights ``(K,)`` of each class among ``rows``."""
    weight = task.weight[rows] if times is None else task.weight[rows] * times
    return np.bincount(task.y[rows], weight, minlength=len(task.by_class)).astype(np.float64)
