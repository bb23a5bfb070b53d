"""A goal as it will be met in use: under other class frequencies than those of the rows at hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core.errors import NotApplicable
from steelyard.kit.metrics.arrays import FloatArray, target_and_proba
from steelyard.kit.metrics.confusion import ConfusionMetric, of_confusion
from steelyard.kit.metrics.goals import Goal
from steelyard.kit.metrics.probabilities import log_loss


def under_prior(goal: Goal, prior: ArrayLike) -> Goal:
    """``goal`` with each class weighing what ``prior`` (K,) says, whatever its share of the rows.

    Recalls and what is made of recalls alone stay as they are; accuracy, kappa, macro-F1, costs and
    the log loss change. A class without rows keeps its weight out: the others share it. After
    Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001, section 2.

    Raises
    ------
    NotApplicable
        For ``average-precision``, which depends on the order of single rows.

    >>> from steelyard.kit.metrics import GOALS
    >>> even = under_prior(GOALS["accuracy"], [0.5, 0.5])
    >>> even([0, 0, 0, 1], [0, 0, 0, 0])
    0.5
    """
    weight = np.asarray(prior, dtype=np.float64)
    weight = weight / weight.sum()
    if goal.function is log_loss:
        return replace(goal, function=_log_loss_under(weight))
    if goal.needs == "proba":
        raise NotApplicable(f"needs a goal that can be weighed by class; {goal.name} cannot")
    metric = cast(ConfusionMetric[float], goal.function)

    @of_confusion
    def weighed(confusion: FloatArray) -> float:
        """The metric of the matrix whose rows sum to the prior."""
        rows = confusion.sum(axis=1)
        share = np.divide(weight, rows, out=np.zeros_like(rows), where=rows > 0)
        return metric.from_confusion(confusion * (share / (share * rows).sum())[:, None])

    return replace(goal, function=weighed)


def _log_loss_under(weight: FloatArray) -> Callable[..., float]:
    """Mean over classes, weighted by the prior, of the log loss of each class's rows."""

    def weighed(target: ArrayLike, proba: ArrayLike) -> float:
        labels, matrix = target_and_proba(target, proba)
        seen = np.unique(labels)
        losses = [log_loss(labels[labels == k], matrix[labels == k]) for k in seen]
        return float(np.average(losses, weights=weight[seen]))

    return weighed
