"""The decision that costs least on average, given what each mistake costs.

``argmin_j sum_k p_k C[k][j]``: Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001,
equation 1. It needs probabilities that are right at the frequencies met in use: neither class
weights nor resampling before it.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core.errors import NotApplicable
from steelyard.kit.metrics import Goal
from steelyard.kit.posthoc.costs import CostGoal, cost_goal
from steelyard.kit.posthoc.rule import Decision, Fitted, Labels, Proba, Rule, argmax


def fit(
    proba: Proba, target: Labels, *, goal: Goal, prior: Any = None, cost: ArrayLike | None = None
) -> Fitted:
    """Keep ``cost (K, K)``, rows the truth and columns the decision; by default the goal's own.

    Raises
    ------
    NotApplicable
        No ``cost`` is given and the goal has none.
    ValueError
        ``cost`` is not (K, K) or not finite.
    """
    aim = goal if cost is None else cost_goal(cost)
    if not isinstance(aim, CostGoal):
        raise NotApplicable(f"needs the cost of each mistake; {goal.name} has none")
    if len(aim.cost) != proba.shape[1]:
        raise ValueError(f"cost must be (K, K), got {aim.cost.shape} for proba {proba.shape}")
    return {"cost": aim.cost.tolist()}


def decide(fitted: Fitted, proba: Proba) -> Decision:
    """The probabilities as they are and the cheapest decision; ties go to the lower class."""
    return Decision(proba, argmax(-(proba @ np.asarray(fitted["cost"]))))


COST_MINIMISING = Rule(
    "cost-minimising",
    fit,
    decide,
    changes_decision=True,
    changes_proba=False,
    source="Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001, equation 1",
)
