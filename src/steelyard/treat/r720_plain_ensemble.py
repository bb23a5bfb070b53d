"""R720 plain-ensemble: many boostings on rows drawn by chance; nothing is balanced.

What it does
------------
Ten short boostings, each on a bootstrap sample of the rows as they are, and the mean of their
probabilities.

Why it helps
------------
It is the control that published comparisons lack: an ensemble is better than its member, balanced
or not. What R710 gains over this one is what the balancing is worth.

When it is wrong
----------------
It costs ten short trainings and does nothing about the class frequencies: a rare class that
boosting gives up stays given up until the decision rule moves (R610, R620).

References
----------
Breiman, Bagging Predictors, Machine Learning 1996.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.learners import TABLES
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_model, require_plain_loss

CODE = "R720"
NAME = "plain-ensemble"
TREATS = ("P320", "P330")
SLOTS = ("model",)
STAGE = "full"
COST = 2.5
CLASHES = ("R510", "R520", "R710")
KINDS = TABLES
OPTIONS = ({},)


def apply(recipe: Recipe, exam: Exam) -> Recipe:
    """Train an ensemble that nobody balanced."""
    require_model(recipe, KINDS)
    require_plain_loss(recipe)
    return replace(recipe, model=Step("bagging", {"n_estimators": 10}))
