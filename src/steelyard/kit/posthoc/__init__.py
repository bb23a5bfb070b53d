"""Decision rules: from the probabilities of a trained model to its decisions, nothing retrained.

Each rule is fitted on out-of-fold probabilities and their labels, and its fitted parameters are
plain data::

    fitted = fit_posthoc("logit-adjusted", proba, target, goal="balanced-accuracy")
    decide("logit-adjusted", fitted, new_proba).predicted
"""

from steelyard.kit.posthoc.argmax import ARGMAX
from steelyard.kit.posthoc.cost_minimising import COST_MINIMISING
from steelyard.kit.posthoc.costs import CostGoal, cost_goal, read_cost
from steelyard.kit.posthoc.fitting import RULES, cross_fit, decide, fit_posthoc, rule_named
from steelyard.kit.posthoc.logit_adjusted import LOGIT_ADJUSTED, adjust_logits, log_frequencies
from steelyard.kit.posthoc.rule import Decision, Rule
from steelyard.kit.posthoc.temperature import TEMPERATURE
from steelyard.kit.posthoc.threshold import THRESHOLD

__all__ = [
    "ARGMAX",
    "COST_MINIMISING",
    "LOGIT_ADJUSTED",
    "RULES",
    "TEMPERATURE",
    "THRESHOLD",
    "CostGoal",
    "Decision",
    "Rule",
    "adjust_logits",
    "cost_goal",
    "cross_fit",
    "decide",
    "fit_posthoc",
    "log_frequencies",
    "read_cost",
    "rule_named",
]
