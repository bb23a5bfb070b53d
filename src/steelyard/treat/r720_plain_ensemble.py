"""R720 plain-ensemble: many members on rows drawn by chance; nothing is balanced.

What it does
------------
As many members as R710 has, of the same kind and from the same code, each on a bootstrap sample of
the rows as they are, and the mean of their probabilities: a hundred forest trees
(``balanced-forest``), fifty trees (``under-bagging``) or ten short boostings (``self-paced``). A
sample has as many rows as there are, at most 20,000. ``over-bagging`` is the control of R730, fifty
trees with leaves of two; ``adaboost`` that of R740: its fifty shallow trees, boosted with every
mistake at the same cost.

Why it helps
------------
It is the control that published comparisons lack: an ensemble is better than its member, balanced
or not. What R710 gains over this one is what the balancing is worth.

When it is wrong
----------------
Every member sees more rows than one of R710, so it costs several times as much (20,000 rows at
20:1: 1.3 s to 0.3 s for the forests, 2.6 s to 1.6 s for the boostings). It does nothing about the
class frequencies: a rare class that boosting gives up stays given up until the decision rule moves
(R610, R620).

References
----------
Breiman, Bagging Predictors, Machine Learning 1996. Freund and Schapire, A Decision-Theoretic
Generalization of On-Line Learning and an Application to Boosting, JCSS 1997.
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
COST = 4.0
CLASHES = ("R510", "R520", "R710", "R730", "R740")
KINDS = TABLES
OPTIONS = (
    {"how": "balanced-forest"},
    {"how": "under-bagging"},
    {"how": "self-paced"},
    {"how": "over-bagging"},
    {"how": "adaboost"},
)
# the members of R710, R730 and R740 under the same name
MEMBERS = {
    "balanced-forest": {"n_estimators": 100, "member": "forest-tree"},
    "under-bagging": {"n_estimators": 50, "member": "full-tree"},
    "self-paced": {"n_estimators": 10, "member": "boosting"},
    "over-bagging": {"n_estimators": 50, "member": "tree"},
    "adaboost": {"n_estimators": 50},
}


def apply(recipe: Recipe, exam: Exam, how: str = "balanced-forest") -> Recipe:
    """Train the ensemble of this name on rows that nobody balanced."""
    require_model(recipe, KINDS)
    require_plain_loss(recipe)
    return replace(recipe, model=Step("adaboost" if how == "adaboost" else "bagging", MEMBERS[how]))
