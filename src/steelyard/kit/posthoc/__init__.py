"""Decision rules: from the probabilities of a trained model to its decisions, nothing retrained.

Each rule is fitted on out-of-fold probabilities and their labels, and its fitted parameters are
plain data::

    fitted = fit_posthoc("logit-adjusted", proba, target, goal="balanced-accuracy")
    decide("logit-adjusted", fitted, new_proba).predicted

Where the class frequencies in use are unknown, rows without labels tell them::

    estimate = estimate_prior_em(new_proba, prior_train=counts)
    posterior_recalibration(new_proba, counts, prior=estimate.prior)
"""

from steelyard.kit.posthoc.argmax import ARGMAX
from steelyard.kit.posthoc.cost_minimising import COST_MINIMISING
from steelyard.kit.posthoc.costs import CostGoal, cost_goal, read_cost, require_cost_file
from steelyard.kit.posthoc.effective_prior import EffectivePrior, effective_prior
from steelyard.kit.posthoc.fitting import RULES, cross_fit, decide, fit_posthoc, rule_named
from steelyard.kit.posthoc.logit_adjusted import LOGIT_ADJUSTED, adjust_logits, log_frequencies
from steelyard.kit.posthoc.prior_bbse import estimate_prior_bbse
from steelyard.kit.posthoc.prior_em import estimate_prior_em
from steelyard.kit.posthoc.prior_estimate import PriorEstimate
from steelyard.kit.posthoc.recalibration import posterior_recalibration
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
    "EffectivePrior",
    "PriorEstimate",
    "Rule",
    "adjust_logits",
    "cost_goal",
    "cross_fit",
    "decide",
    "effective_prior",
    "estimate_prior_bbse",
    "estimate_prior_em",
    "fit_posthoc",
    "log_frequencies",
    "posterior_recalibration",
    "read_cost",
    "require_cost_file",
    "rule_named",
]
