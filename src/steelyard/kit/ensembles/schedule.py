"""How many rows each class has in a member's training: the target and the way there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from steelyard.kit.metrics.arrays import IntArray

Direction = Literal["under", "over"]
Schedule = str | Callable[[dict[Any, int], dict[Any, int], int, int], Mapping[Any, int]]


@dataclass(frozen=True)
class Balancing:
    """``origin (K,)`` rows a class in the data, ``target (K,)`` rows in the last member."""

    classes: tuple[Any, ...]
    origin: IntArray
    target: IntArray
    schedule: Schedule

    def counts(self, member: int, n_members: int) -> IntArray:
        """Rows ``(K,)`` a class for one member, counted from 0.

        ``uniform`` is the target for all; ``progressive`` goes from the data's own counts to the
        target in equal steps, and a single member has the target; a function is asked with
        ``(origin, target, member, n_members)``, dictionaries by label, as imbalanced-ensemble's
        schedules are.
        """
        if callable(self.schedule):
            origin, target = (
                dict(zip(self.classes, counts.tolist())) for counts in (self.origin, self.target)
            )
            answer = self.schedule(origin, target, member, n_members)
            wanted = [answer.get(label, origin[label]) for label in self.classes]
        elif self.schedule == "progressive":
            way = member / (n_members - 1) if n_members > 1 else 1.0
            exact = self.origin * (1 - way) + self.target * way
            wanted = np.ceil(exact - 1e-10).tolist()  # up, as imbalanced-ensemble rounds
        else:
            wanted = self.target.tolist()
        return np.maximum(np.array(wanted, dtype=np.int64), 1)


def balancing(
    classes: Any,
    origin: IntArray,
    direction: Direction,
    *,
    target_label: Any = None,
    n_target_samples: int | Mapping[Any, int] | None = None,
    schedule: Schedule = "uniform",
) -> Balancing:
    """The target counts of the fit arguments.

    By default under-sampling brings every class down to the smallest and over-sampling up to the
    largest; ``target_label`` names another class to go to, ``n_target_samples`` a number or a
    number a label. Under-sampling never adds rows and over-sampling never takes any.

    Raises
    ------
    ValueError
        A label that is not among the classes, both ways of naming a target, a number that is not
        whole, below 1 or changes no class, an unknown schedule.
    """
    labels = tuple(getattr(label, "item", lambda label=label: label)() for label in classes)
    if not callable(schedule) and schedule not in ("uniform", "progressive"):
        raise ValueError(
            f"balancing_schedule must be uniform, progressive or a function, got {schedule!r}"
        )
    if target_label is not None and n_target_samples is not None:
        raise ValueError(
            f"target_label ({target_label!r}) and n_target_samples ({n_target_samples!r}) name two "
            f"targets, give one of them"
        )
    named = list(n_target_samples) if isinstance(n_target_samples, Mapping) else []
    asked = named if target_label is None else [*named, target_label]
    unknown = [label for label in asked if label not in labels]
    if unknown:
        raise ValueError(f"target {unknown[0]!r} is not among the classes {list(labels)[:10]}")
    if isinstance(n_target_samples, Mapping):
        goal = [n_target_samples.get(label, n) for label, n in zip(labels, origin.tolist())]
    elif n_target_samples is not None:
        goal = [n_target_samples] * len(labels)
    elif target_label is not None:
        goal = [int(origin[labels.index(target_label)])] * len(labels)
    else:
        goal = [int(origin.min() if direction == "under" else origin.max())] * len(labels)
    if not all(isinstance(n, (int, np.integer)) and n >= 1 for n in goal):
        raise ValueError(f"n_target_samples must be whole and at least 1, got {n_target_samples!r}")
    wanted = np.array(goal, dtype=np.int64)
    if isinstance(n_target_samples, (int, np.integer)):
        _check_changes_a_class(n_target_samples, origin, direction)
    within = np.minimum if direction == "under" else np.maximum
    return Balancing(labels, origin, within(wanted, origin), schedule)


def _check_changes_a_class(n: int, origin: IntArray, direction: Direction) -> None:
    if direction == "under" and n > origin.max():
        raise ValueError(
            f"n_target_samples must be at most the {origin.max()} rows of the largest class, "
            f"got {n}"
        )
    if direction == "over" and n < origin.min():
        raise ValueError(
            f"n_target_samples must be at least the {origin.min()} rows of the smallest class, "
            f"got {n}"
        )
