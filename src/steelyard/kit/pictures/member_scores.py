"""How good an ensemble is after each of its members: one curve a metric, or a class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from steelyard.kit.ensembles.watching import metric_table
from steelyard.kit.metrics import per_class as measures
from steelyard.kit.metrics.arrays import FloatArray, IntArray
from steelyard.kit.pictures.stages import staged_proba

PER_CLASS = ("recall", "precision", "f1", "specificity")


@dataclass(frozen=True)
class ScoreCurve:
    """``values (M,)`` of a metric after ``members (M,)`` members; ``label`` None is all classes."""

    ensemble: str
    metric: str
    label: Any
    members: IntArray
    values: FloatArray


def scores_over_members(
    ensembles: Mapping[str, Any] | Any,
    X: Any,
    y: Any,
    *,
    metrics: Mapping[str, Any] | None = None,
    per_class: str | Sequence[str] = (),
    every: int = 1,
) -> list[ScoreCurve]:
    """A curve for each ensemble and metric, and for each class of the measures ``per_class``.

    Parameters
    ----------
    ensembles : name -> fitted ensemble, or one fitted ensemble
    X : (N, D) rows to judge by, best such as no member was trained on
    y : (N,) labels
    metrics : name -> ``f(y_true, y_pred)`` or ``(f, settings)``, as in `watching.metric_table`;
        None is balanced accuracy and macro-F1
    per_class : of recall, precision, f1 and specificity
    every : measure after every so many members, and after the first and the last

    Raises
    ------
    ValueError
        An unknown measure, ``every`` under 1, or something that is no ensemble.
    """
    wanted = (per_class,) if isinstance(per_class, str) else tuple(per_class)
    if unknown := [name for name in wanted if name not in PER_CLASS]:
        raise ValueError(f"per_class must be of {', '.join(PER_CLASS)}, got {unknown[0]!r}")
    if every < 1:
        raise ValueError(f"every must be at least 1, got {every!r}")
    table, curves = metric_table(metrics), list[ScoreCurve]()
    for name, model in named(ensembles).items():
        truth, K = np.searchsorted(model.classes_, np.asarray(y)), len(model.classes_)
        after, overall, by_class = [], list[list[float]](), list[list[FloatArray]]()
        for i, proba in _chosen(model, X, every):
            best = proba.argmax(axis=1)
            after.append(i)
            # a metric of probabilities reads those of the second of two classes
            told = proba[:, 1] if K == 2 else proba
            overall.append(
                [
                    float(score(y, told if of_proba else model.classes_[best], **settings))
                    for score, settings, of_proba in table.values()
                ]
            )
            by_class.append([getattr(measures, m)(truth, best, K) for m in wanted])
        members = np.array(after)
        values = np.array(overall)
        curves += [
            ScoreCurve(name, metric, None, members, values[:, j]) for j, metric in enumerate(table)
        ]
        curves += [
            ScoreCurve(name, m, label, members, np.array([one[j][k] for one in by_class]))
            for j, m in enumerate(wanted)
            for k, label in enumerate(model.classes_)
        ]
    return curves


def named(ensembles: Mapping[str, Any] | Any) -> Mapping[str, Any]:
    """Several ensembles as they are named, one by the name of its class."""
    if isinstance(ensembles, Mapping):
        return ensembles
    return {type(ensembles).__name__.removesuffix("Classifier"): ensembles}


def _chosen(model: Any, X: Any, every: int) -> list[tuple[int, FloatArray]]:
    chosen = []
    stage, i = None, 0
    for i, stage in enumerate(staged_proba(model, X), start=1):
        if i == 1 or i % every == 0:
            chosen.append((i, stage))
    if stage is not None and chosen[-1][0] != i:
        chosen.append((i, stage))
    return chosen
