"""The class with the highest probability: what every classifier does by default."""

from typing import Any

from steelyard.kit.metrics import Goal
from steelyard.kit.posthoc.rule import Decision, Fitted, Labels, Proba, Rule, argmax


def fit(proba: Proba, target: Labels, *, goal: Goal, prior: Any = None) -> Fitted:
    """Nothing to fit."""
    return {}


def decide(fitted: Fitted, proba: Proba) -> Decision:
    """The probabilities as they are and their argmax; ties go to the lower class number."""
    return Decision(proba, argmax(proba))


ARGMAX = Rule("argmax", fit, decide, changes_decision=False, changes_proba=False)
