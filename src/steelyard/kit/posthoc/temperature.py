"""Temperature scaling: makes probabilities honest without changing a single decision.

``softmax(log p / T)`` with the T that minimises the log-loss: Guo et al., On Calibration of Modern
Neural Networks, ICML 2017, section 4.2. T > 1 takes confidence away, T < 1 adds some.
"""

from typing import Any

import numpy as np

from steelyard.kit.metrics import GOALS, Goal
from steelyard.kit.posthoc.rule import (
    Decision,
    Fitted,
    Labels,
    Proba,
    Rule,
    argmax,
    log_proba,
    softmax,
)
from steelyard.kit.posthoc.tuning import rows_to_tune_on

RANGE = 0.2, 20.0  # of T; colder would be read from the luck of a few rows


def fit(proba: Proba, target: Labels, *, goal: Goal, prior: Any = None) -> Fitted:
    """Find T on the given rows; the goal plays no part, since T is fitted to the log-loss."""
    from scipy.optimize import minimize_scalar  # slow to import, needed here only

    rows, _ = rows_to_tune_on(target, proba.shape[1], GOALS["log-loss"])
    logits, own = log_proba(proba[rows]), target[rows]
    each = np.arange(own.size)

    def loss(log_t: float) -> float:
        scaled = logits * np.exp(-log_t)
        top = scaled.max(axis=1)
        total = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
        return float((total - scaled[each, own]).mean())

    found = minimize_scalar(loss, bounds=np.log(RANGE), method="bounded")
    return {"temperature": float(np.exp(found.x))}


def decide(fitted: Fitted, proba: Proba) -> Decision:
    """Scaled probabilities; the decision is the argmax of the given ones, to the last tie."""
    return Decision(softmax(log_proba(proba) / fitted["temperature"]), argmax(proba))


TEMPERATURE = Rule(
    "temperature",
    fit,
    decide,
    changes_decision=False,
    changes_proba=True,
    source="Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 4.2",
)
