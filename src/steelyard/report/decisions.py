"""Two sets of decisions on the same rows: what was gained, what was lost, and in which class."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.kit.intervals import mcnemar_exact
from steelyard.kit.metrics import Flips, flips

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Comparison:
    """Decisions ``old`` and ``new`` (N,) about rows of known class ``target`` (N,)."""

    classes: tuple[str, ...]
    target: Ints
    old: Ints
    new: Ints

    @cached_property
    def flips(self) -> Flips:
        """Rows by right and wrong, before and after."""
        return flips(self.target, self.old, self.new)

    @property
    def p(self) -> float:
        """McNemar's exact p: that losses and gains are equally likely."""
        return float(mcnemar_exact(self.flips.negative, self.flips.positive))

    @cached_property
    def lost(self) -> NDArray[np.bool_]:
        """(N,) rows right before and wrong now."""
        lost: NDArray[np.bool_] = (self.old == self.target) & (self.new != self.target)
        return lost

    @cached_property
    def gained(self) -> NDArray[np.bool_]:
        """(N,) rows wrong before and right now."""
        gained: NDArray[np.bool_] = (self.old != self.target) & (self.new == self.target)
        return gained

    def per_class(self, rows: NDArray[Any] | None = None) -> Ints:
        """(K,) how many rows of each class, of all or of the rows marked (N,)."""
        marked = self.target if rows is None else self.target[rows]
        return np.bincount(marked, minlength=len(self.classes)).astype(np.int64)

    def rarest_first(self, marked: NDArray[np.bool_]) -> Ints:
        """The marked rows, those of small classes first: there a flip weighs most."""
        rows = np.flatnonzero(marked)
        order = np.argsort(self.per_class()[self.target[rows]], kind="stable")
        return rows[order].astype(np.int64)

    def lost_to(self, k: int) -> tuple[int, int] | None:
        """The class that took most of the rows class ``k`` lost, and how many; None for none."""
        taken = np.bincount(self.new[self.lost & (self.target == k)])
        return (int(taken.argmax()), int(taken.max())) if taken.size else None


def head_to_tail(counts: Sequence[int] | Ints) -> Ints:
    """(K,) class indices from the largest class to the smallest."""
    return np.argsort(-np.asarray(counts), kind="stable").astype(np.int64)
