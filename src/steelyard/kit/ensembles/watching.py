"""Metrics after every member, at the price of one prediction a member.

The sum of the members' predictions is kept for each data set, so k members cost k predictions; a
log that asks the whole ensemble each time costs k (k + 1) / 2.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import numpy as np
from sklearn.metrics import balanced_accuracy_score, f1_score

from steelyard.kit.ensembles.features import Matrix
from steelyard.kit.ensembles.members import member_proba
from steelyard.kit.metrics.arrays import FloatArray, IntArray

Metric = Callable[..., float]

DEFAULT_METRICS: dict[str, Any] = {
    "balanced_accuracy": balanced_accuracy_score,
    "macro_f1": (f1_score, {"average": "macro"}),
}


@dataclass
class Watched:
    """One data set: what members read of it, its labels, and the sum of their predictions."""

    X: Matrix
    y: Any
    total: FloatArray


@dataclass
class Watch:
    """Follows an ensemble while it grows; ``results[name][metric]`` has one number a member."""

    classes: Any
    finish: Callable[[FloatArray, float], FloatArray]
    sets: dict[str, Watched]
    metrics: dict[str, tuple[Metric, dict[str, Any], bool]]
    every: int
    prints: tuple[bool, bool] = (True, True)  # class counts, metrics
    weight: float = 0.0
    members: int = 0
    results: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, member: Any, weight: float, drawn: IntArray) -> None:
        """Count in one more member, which saw ``drawn (K,)`` rows of each class."""
        self.weight += weight
        self.members += 1
        for name, seen in self.sets.items():
            seen.total += weight * member_proba(member, seen.X, len(self.classes))
            proba = self.finish(seen.total, self.weight)
            log = self.results.setdefault(name, {})
            for metric in self.metrics:
                log.setdefault(metric, []).append(self._measure(metric, seen.y, proba))
        if self.every and self.members % self.every == 0:
            self._print(drawn)

    def proba(self) -> dict[str, FloatArray]:
        """The kept predictions ``(N, K)`` of each data set."""
        return {name: self.finish(seen.total, self.weight) for name, seen in self.sets.items()}

    def _measure(self, metric: str, y: Any, proba: FloatArray) -> float:
        score, settings, of_proba = self.metrics[metric]
        if of_proba:
            return float(score(y, proba[:, 1] if proba.shape[1] == 2 else proba, **settings))
        return float(score(y, self.classes[proba.argmax(axis=1)], **settings))

    def _print(self, drawn: IntArray) -> None:
        shown = []
        if self.prints[0]:
            counts = (f"{label}: {n}" for label, n in zip(self.classes, drawn.tolist()))
            shown.append("{" + ", ".join(counts) + "}")
        if self.prints[1]:
            shown += [
                f"{name} {metric} {values[-1]:.4f}"
                for name, log in self.results.items()
                for metric, values in log.items()
            ]
        sys.stdout.write(f"{self.members:5d} members  {'  '.join(shown)}\n")


def metric_table(
    metrics: Mapping[str, Any] | None,
) -> dict[str, tuple[Metric, dict[str, Any], bool]]:
    """Name -> function, its settings, and whether it reads probabilities.

    A metric is ``f(y_true, y_pred)`` or ``(f, settings)``; one whose second argument is called
    ``y_score``, ``y_prob`` or ``y_proba`` gets probabilities: ``(N,)`` of the second of two
    classes, else ``(N, K)``.

    Raises
    ------
    ValueError
        Not a mapping, or something else than a function stands under a name.
    """
    table = {}
    for name, given in _named("eval_metrics", DEFAULT_METRICS if metrics is None else metrics):
        score, settings = given if isinstance(given, tuple) and len(given) == 2 else (given, {})
        names = list(signature(score).parameters) if callable(score) else []
        if len(names) < 2 or not isinstance(settings, Mapping):
            raise ValueError(
                f"eval_metrics[{name!r}] must be a function of (y_true, y_pred), or "
                f"(function, settings), got {given!r}"
            )
        table[name] = (score, dict(settings), names[1] in ("y_score", "y_prob", "y_proba"))
    return table


def datasets(given: Mapping[str, tuple[Any, Any]] | None) -> dict[str, tuple[Any, Any]]:
    """Name -> ``(X, y)``; ValueError for what is not that."""
    sets = dict(_named("eval_datasets", given or {}))
    for name, pair in sets.items():
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ValueError(
                f"eval_datasets[{name!r}] must be a pair (X, y), got {type(pair).__name__}"
            )
    return sets


def _named(what: str, given: Any) -> Any:
    if not isinstance(given, Mapping):
        raise ValueError(f"{what} must be a dictionary by name, got {type(given).__name__}")
    return given.items()


def granularity(train_verbose: bool | int | Mapping[str, Any], n_members: int) -> int:
    """After how many members a line is printed; 0 is never, True is ten lines in all.

    Raises
    ------
    ValueError
        Neither True, False nor a whole number, at least 0.
    """
    given = train_verbose
    every = given.get("granularity", True) if isinstance(given, Mapping) else given
    if isinstance(every, (bool, np.bool_)):
        return max(1, n_members // 10) if every else 0
    if not isinstance(every, (int, np.integer)) or every < 0:
        raise ValueError(
            f"train_verbose must be True, False or a whole number of members, got {every!r}"
        )
    return int(every)


def printed(train_verbose: bool | int | Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether a line has the class counts of its member and the metrics so far.

    Raises
    ------
    ValueError
        ``train_verbose`` has another key.
    """
    given = train_verbose if isinstance(train_verbose, Mapping) else {}
    known = ("granularity", "print_distribution", "print_metrics")
    if unknown := set(given) - set(known):
        raise ValueError(f"train_verbose takes {', '.join(known)}, got {sorted(unknown)[0]!r}")
    return bool(given.get("print_distribution", True)), bool(given.get("print_metrics", True))
