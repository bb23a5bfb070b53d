"""R620 decision-threshold: decides by the cut that the goal asks for, or by what mistakes cost.

What it does
------------
Two classes: a cut on the probability, tuned to the goal inside the folds. More classes: one offset
a class, climbing from the logit adjustment and taken back where an inner cross-validation sees no
gain. With ``--goal cost:FILE`` the decision with the least expected cost, nothing tuned; the
option ``cost=tuned`` tunes the cut to the cost instead. Probabilities and calibration stay as
they are; nothing is retrained.

Why it helps
------------
0.5 is the best cut for accuracy only. Moving the cut to the prior gives the balanced accuracy that
re-balancing gives, at no cost and with calibration intact (85 KEEL sets).

When it is wrong
----------------
With few rows of a class its offset is noise: then it does no more than the logit adjustment. The
least expected cost needs honest probabilities; on a training with weights or re-sampling only the
tuned cut is right.

References
----------
Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001, equation 1. Collell, Prelec and
Patil, A simple plug-in bagging ensemble based on threshold-moving, Neurocomputing 2018.
"""

from dataclasses import replace
from typing import Literal

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import CLASS_MEANS, ENSEMBLES, HEADS, NETWORKS, TABLES
from steelyard.core.recipe import Recipe, Step
from steelyard.kit.metrics import GOALS
from steelyard.treat.conditions import require_uncorrected

CODE = "R620"
NAME = "decision-threshold"
TREATS = ("D101", "P303", "P304", "P310", "P312", "P313")
SLOTS = ("posthoc",)
STAGE = "posthoc"
COST = 0.0
CLASHES = ("R610", "R630")
KINDS = (*TABLES, *ENSEMBLES, *HEADS, *CLASS_MEANS, *NETWORKS)
OPTIONS: tuple[dict[str, str], ...] = ({}, {"cost": "tuned"})


def apply(recipe: Recipe, exam: Exam, cost: Literal["known", "tuned"] = "known") -> Recipe:
    """Decide by a tuned cut, or by the costs of the goal."""
    of_costs = exam.goal.startswith("cost")
    if of_costs and cost == "known":
        require_uncorrected(recipe)
        return replace(recipe, posthoc=Step("cost-minimising"))
    if not of_costs and cost == "tuned":
        raise NotApplicable(f"needs a goal of costs, not {exam.goal}")
    if not of_costs and GOALS[exam.goal].needs == "proba":
        raise NotApplicable(f"needs a goal of decisions; {exam.goal} looks at probabilities")
    return replace(recipe, posthoc=Step("threshold"))
