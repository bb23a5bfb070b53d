"""R260 influence-balanced: rows that pull hardest on the boundary weigh least, late in the run.

What it does
------------
Plain cross-entropy for the first half; then each row's loss is divided by its influence on the
last layer, the size of its gradient times that of its features.

Why it helps
------------
The rows of large classes that overfit a boundary around a rare one are those with the greatest
influence; with them turned down the boundary smooths itself.

When it is wrong
----------------
Wrong labels and the rare rows themselves have a great influence too, and are turned down with it.
It needs a network that already fits: in a short run the first half is all there is.

References
----------
Park et al., Influence-Balanced Loss for Imbalanced Visual Classification, ICCV 2021, equations 9
and 10.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.learners import NETWORKS
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_one_stage, require_plain_training

CODE = "R260"
NAME = "influence-balanced"
TREATS = ("D101", "P330")
SLOTS = ("loss",)
STAGE = "full"
COST = 1.0
CLASHES = ("R110", "R120", "R210", "R220", "R230", "R240", "R250", "R270", "R310", "R320",
           "R340", "R350", "R360", "R390", "R410")  # fmt: skip
KINDS = NETWORKS
OPTIONS = ({},)


def apply(recipe: Recipe, exam: Exam) -> Recipe:
    """Divide by the influence from half of the run on."""
    require_plain_training(recipe, exam, KINDS)
    require_one_stage(recipe)
    return replace(recipe, loss=Step("influence-balanced", {"start": 0.5}))
