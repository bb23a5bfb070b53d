"""The decision that costs least on average, given what each mistake costs.

``argmin_j sum_k p_k C[k][j]``: Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001,
equation 1. It needs probabilities that are right at the frequencies met in use: neither class
weights nor resampling before it.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics import Goal
from steelyard.kit.posthoc.rule import Decision, Fitted, Labels, Proba, Rule, argmax


def fit(proba: Proba, target: Labels, *, goal: Goal, prior: Any = None, cost: ArrayLike) -> Fitted:
    """Keep ``cost (K, K)``, rows the truth and columns the decision. Nothing is tuned.

    Raises
    ------
    ValueError
        ``cost`` is not (K, K) or not finite.
    """
    matrix = np.asarray(cost, dtype=np.float64)
    if matrix.shape != (proba.shape[1], proba.shape[1]) or not np.isfinite(matrix).all():
        raise ValueError(
            f"cost must be ({proba.shape[1]}, {proba.shape[1]}) and finite as proba is "
            f"{proba.shape}, got shape {matrix.shape}"
        )
    return {"cost": matrix.tolist()}


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
