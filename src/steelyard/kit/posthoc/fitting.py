"""The rules by name; fitting, deciding, and doing both without letting a row judge itself."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core.errors import UserError, did_you_mean
from steelyard.kit.metrics import Goal, goal_named
from steelyard.kit.metrics.arrays import target_and_proba
from steelyard.kit.posthoc.argmax import ARGMAX
from steelyard.kit.posthoc.cost_minimising import COST_MINIMISING
from steelyard.kit.posthoc.costs import cost_goal
from steelyard.kit.posthoc.logit_adjusted import LOGIT_ADJUSTED
from steelyard.kit.posthoc.rule import Decision, Fitted, Rule
from steelyard.kit.posthoc.temperature import TEMPERATURE
from steelyard.kit.posthoc.threshold import THRESHOLD

RULES: dict[str, Rule] = {
    rule.name: rule for rule in (ARGMAX, LOGIT_ADJUSTED, THRESHOLD, COST_MINIMISING, TEMPERATURE)
}


def rule_named(name: str) -> Rule:
    """The rule of that name. Raises `UserError` E175 for an unknown one."""
    if name not in RULES:
        raise UserError(
            "E175",
            f"there is no decision rule '{name}'",
            why=f"the rules are {', '.join(RULES)}",
            fix=did_you_mean(name, list(RULES)) or "name one of them",
        )
    return RULES[name]


def fit_posthoc(
    name: str,
    proba: ArrayLike,
    target: ArrayLike,
    *,
    goal: str | Goal | NDArray[np.float64] = "balanced-accuracy",
    prior: ArrayLike | None = None,
    **params: Any,
) -> Fitted:
    """Fit a rule on probabilities the model gave to rows it was not trained on.

    Parameters
    ----------
    name : a name in ``RULES``
    proba : (N, K) out-of-fold probabilities
    target : (N,) class numbers 0..K-1
    goal : a name in ``kit.metrics.GOALS``, a Goal, or a cost matrix (K, K); measured on the rows
        as they are
    prior : (K,) class frequencies the model will meet in use; None is uniform. Only
        ``logit-adjusted`` and ``threshold`` look at it
    params : of the rule, such as ``tau=1.0``

    Returns
    -------
    dict of plain numbers and lists: goes into JSON as it is.

    Raises
    ------
    UserError
        E175: no such rule; goals raise their own.
    NotApplicable
        The rule cannot change this goal.
    ValueError
        Shapes do not fit, or rows of ``proba`` are no probabilities.
    """
    labels, matrix = target_and_proba(target, proba)
    fitted: Fitted = rule_named(name).fit(
        matrix.astype(np.float64, copy=False), labels, goal=_as_goal(goal), prior=prior, **params
    )
    return fitted


def decide(name: str, fitted: Fitted, proba: ArrayLike) -> Decision:
    """Decide about rows, ``proba (N, K)``, with what `fit_posthoc` returned."""
    return rule_named(name).decide(fitted, np.asarray(proba, dtype=np.float64))


def cross_fit(
    name: str,
    proba: ArrayLike,
    target: ArrayLike,
    fold: ArrayLike,
    *,
    goal: str | Goal | NDArray[np.float64] = "balanced-accuracy",
    prior: ArrayLike | None = None,
    **params: Any,
) -> Decision:
    """Decide about every row with a rule fitted on the rows of the other folds.

    ``fold (N,)`` holds the fold of each row, the same that made ``proba (N, K)`` out-of-fold. The
    rest is as in `fit_posthoc`. This is what a trial is judged by: no row tunes its own decision.
    """
    labels, matrix = target_and_proba(target, proba)
    part = np.asarray(fold)
    if part.shape != labels.shape or (part == part[0]).all():
        raise ValueError(f"fold must be (N,) = {labels.shape} with at least two folds")
    adjusted = np.empty(matrix.shape)
    predicted = np.empty(labels.shape, dtype=np.int64)
    for held_out in np.unique(part):
        inside = part == held_out
        fitted = fit_posthoc(
            name, matrix[~inside], labels[~inside], goal=goal, prior=prior, **params
        )
        adjusted[inside], predicted[inside] = decide(name, fitted, matrix[inside])
    return Decision(adjusted, predicted)


def _as_goal(goal: str | Goal | NDArray[np.float64]) -> Goal:
    if isinstance(goal, str):
        return goal_named(goal)
    return goal if isinstance(goal, Goal) else cost_goal(goal)
