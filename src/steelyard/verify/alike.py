"""Classes of whose rows all were decided alike: their share of doubt, which a jackknife cannot see.

Where 6 of 6 rows are right, no row that is left out changes anything, and a jackknife finds no
error. Such a class counts with the Wilson limit of its rows instead, as recalls do in balanced
accuracy: as many of its rows as this limit leaves open are decided otherwise, and what that does to
the goal is one more part of the limits (MOVER; Zou and Donner, Statistics in Medicine 2008).
"""

from collections.abc import Iterator
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from steelyard.kit.intervals import wilson
from steelyard.kit.metrics import ConfusionMetric, Goal

IntArray = NDArray[np.int64]


class Decided(Protocol):
    """Labels ``(N,)`` and, for each of S seeds, decisions ``(S, N)``."""

    @property
    def target(self) -> IntArray: ...

    @property
    def predicted(self) -> IntArray: ...

    @property
    def n_classes(self) -> int: ...


def doubt_of_alike(goal: Goal, new: Decided, old: Decided | None = None) -> tuple[float, float]:
    """How far below and above its value the goal may lie for the classes decided alike.

    With ``old`` the same for the gain over it: a class is decided alike where all its rows have one
    pair of decisions, and either of the two may be the one that differs. Goals of probabilities
    have none.
    """
    if goal.needs == "proba":
        return 0.0, 0.0
    both = new.predicted if old is None else np.concatenate([new.predicted, old.predicted])
    below = above = 0.0
    for k in _alike(new.target, both):
        changes = [_change(goal, new, k)]
        if old is not None:
            up = 1.0 if goal.higher_is_better else -1.0
            changes = [up * changes[0], -up * _change(goal, old, k)]
        below += min(0.0, *changes) ** 2
        above += max(0.0, *changes) ** 2
    return float(np.sqrt(below)), float(np.sqrt(above))


def _alike(target: IntArray, predicted: IntArray) -> Iterator[int]:
    for k in np.unique(target):
        decided = predicted[:, target == k]
        if (decided == decided[:, :1]).all():
            yield int(k)


def _change(goal: Goal, one: Decided, k: int) -> float:
    """What it does to the goal if rows of class ``k`` are decided otherwise: right ones for the
    largest other class, wrong ones right.
    """
    K = one.n_classes
    counts = np.bincount(one.target, minlength=K)
    others = np.where(np.arange(K) == k, -1, counts)
    n = int(counts[k])
    moved = n * (1 - float(wilson(n, n).low))
    of_confusion = cast(ConfusionMetric[float], goal.function).from_confusion
    changes = []
    for predicted in one.predicted:
        matrix = (
            np.bincount(one.target * K + predicted, minlength=K * K).reshape(K, K).astype(float)
        )
        taken = int(predicted[one.target == k][0])
        before = of_confusion(matrix)
        matrix[k, taken] -= moved
        matrix[k, int(others.argmax()) if taken == k else k] += moved
        changes.append(of_confusion(matrix) - before)
    return float(np.mean(changes))
