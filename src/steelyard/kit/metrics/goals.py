"""What can be aimed at: the metrics a user may name as ``--goal``, with their facts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core.errors import UserError, did_you_mean
from steelyard.kit.metrics.arrays import target_and_columns
from steelyard.kit.metrics.overall import (
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    macro_f1,
    worst_class,
)
from steelyard.kit.metrics.probabilities import log_loss
from steelyard.kit.metrics.ranking import average_precision


@dataclass(frozen=True)
class Goal:
    """A metric and its facts. Called as ``goal(target, prediction)``, like :func:`score`."""

    name: str
    function: Callable[..., float]
    needs: Literal["decision", "proba"]
    bounds: tuple[float, float] = (0.0, 1.0)
    higher_is_better: bool = True

    def __call__(self, target: ArrayLike, prediction: ArrayLike) -> float:
        """The metric of ``prediction``: ``(N, K)`` probabilities, or ``(N,)`` decisions."""
        if self.needs == "decision" and np.ndim(prediction) != 2:
            return self.function(target, prediction)
        labels, proba = target_and_columns(target, prediction, "prediction")
        if np.isnan(proba).any():  # argmax would take NaN for the highest
            raise ValueError(f"prediction {proba.shape} holds NaN")
        if self.needs == "proba":
            return self.function(labels, proba)
        return self.function(labels, proba.argmax(axis=1), proba.shape[1])

    def gain(self, new: float, old: float) -> float:
        """By how much ``new`` is better than ``old``; negative when it is worse."""
        return new - old if self.higher_is_better else old - new


_ALL = (
    Goal("balanced-accuracy", balanced_accuracy, "decision"),
    Goal("macro-f1", macro_f1, "decision"),
    Goal("worst-class", worst_class, "decision"),
    Goal("average-precision", average_precision, "proba"),
    Goal("kappa", cohen_kappa, "decision", bounds=(-1.0, 1.0)),
    Goal("log-loss", log_loss, "proba", bounds=(0.0, float("inf")), higher_is_better=False),
    Goal("accuracy", accuracy, "decision"),
)
GOALS: dict[str, Goal] = {goal.name: goal for goal in _ALL}


def goal_named(name: str) -> Goal:
    """The goal of that name.

    Raises
    ------
    UserError
        E116: no such goal.

    >>> goal_named("kappa").bounds
    (-1.0, 1.0)
    """
    if name not in GOALS:
        raise UserError(
            "E116",
            f"there is no goal '{name}'",
            where="--goal",
            why=f"the goals are {', '.join(GOALS)}",
            fix=did_you_mean(name, list(GOALS)) or "name one of them",
        )
    return GOALS[name]


def score(goal: str | Goal, target: ArrayLike, prediction: ArrayLike) -> float:
    """How well ``prediction`` does by a goal.

    Parameters
    ----------
    goal : a name in ``GOALS``, or a Goal
    target : (N,) class numbers 0..K-1
    prediction : (N, K) probabilities, or (N,) decisions for goals that need no more

    Raises
    ------
    ValueError
        Shapes do not fit, NaN, or decisions where the goal needs probabilities; E116 for an
        unknown goal.

    >>> score("balanced-accuracy", [0, 0, 1], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    0.75
    """
    return (goal_named(goal) if isinstance(goal, str) else goal)(target, prediction)
