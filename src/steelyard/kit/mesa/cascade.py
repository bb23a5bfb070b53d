"""The ensemble that MESA grows: a member a step, each from rows that an action has chosen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from steelyard.kit.ensembles.drawing import Rows
from steelyard.kit.ensembles.members import member_proba
from steelyard.kit.mesa.drawing import draw_by_hardness
from steelyard.kit.mesa.state import meta_state
from steelyard.kit.mesa.two_classes import TwoClasses
from steelyard.kit.metrics.arrays import FloatArray


@dataclass(frozen=True)
class Grown:
    """A trained member and the rows ``(2 n_rare,)`` of the task that it was trained on."""

    member: Any
    rows: Rows


class Cascade:
    """Liu et al., NeurIPS 2020, algorithm 2: F is the mean of its members so far.

    The first member's frequent rows are drawn at random, each later one's by the hardness
    ``|F(x) - y|`` under a Gaussian. All members have every rare row and as many frequent ones.
    """

    def __init__(self, table: TwoClasses, rng: np.random.Generator, sigma: float) -> None:
        self.table, self.rng, self.sigma = table, rng, sigma
        of_rare = table.task.y[table.train] == table.rare_class
        self._is_rare = of_rare.astype(np.float64)
        self._rare, self._frequent = table.train[of_rare], np.flatnonzero(~of_rare)
        self._read = table.task.features.rows(table.train)
        self._train_sum = np.zeros(len(table.train))
        self._judged_sum = np.zeros(0 if table.judges is None else len(table.judges.rare))
        self.size = 0

    def grow(self, mu: float | None) -> Grown:
        """Train the next member on frequent rows about as hard as ``mu``; None draws at random."""
        n = len(self._rare)
        if mu is None or self.size == 0:
            chosen = self.rng.permutation(len(self._frequent))[:n]
        else:
            hardness = self.train_error()[self._frequent]
            chosen = draw_by_hardness(hardness, n, mu, self.sigma, self.rng)
        rows = np.concatenate([self.table.train[self._frequent[chosen]], self._rare])
        member = self.table.task.member(rows, int(self.rng.integers(2**31 - 1)))
        rare = self.table.rare_class
        self._train_sum += member_proba(member, self._read, 2)[:, rare]
        if self.table.judges is not None:
            self._judged_sum += member_proba(member, self.table.judges.X, 2)[:, rare]
        self.size += 1
        return Grown(member, rows)

    def train_error(self) -> FloatArray:
        """``|F(x) - y|`` of the training rows, ``(N,)`` in [0, 1]."""
        return np.asarray(np.abs(self._train_sum / self.size - self._is_rare))

    def state(self, bins: int, n_members: int | None = None) -> FloatArray:
        """``(2 * bins,)`` of `state.meta_state`; with ``n_members`` also the share trained."""
        judges = self._judges()
        error = np.abs(self._judged_sum / self.size - judges.rare)
        histograms = meta_state(self.train_error(), error, bins)
        return histograms if n_members is None else np.append(histograms, self.size / n_members)

    def score(self, score: Callable[[Any, Any], float]) -> float:
        """What ``score(is_rare, probability)`` says of the validation rows."""
        return float(score(self._judges().rare, self._judged_sum / self.size))

    def _judges(self) -> Any:
        if self.table.judges is None:
            raise ValueError("a state and a score need validation rows, and none were set aside")
        return self.table.judges
