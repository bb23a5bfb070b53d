"""R410 robust-loss: a loss that wrong labels cannot pull without limit.

What it does
------------
``generalized`` is between cross-entropy and absolute error; ``symmetric`` adds the cross-entropy
the other way round. Both stop growing where the model is sure that a label is wrong.

Why it helps
------------
Cross-entropy learns a wrong label in the end, whatever it takes. A bounded loss gives it up.

When it is wrong
----------------
Rare rows look like wrong labels to it: on a clean long tail the tail is given up instead. Only
where labels are wrong.

References
----------
Zhang and Sabuncu, Generalized Cross Entropy Loss, NeurIPS 2018, equation 6. Wang et al., Symmetric
Cross Entropy for Robust Learning with Noisy Labels, ICCV 2019, equation 7.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.learners import HEADS, NETWORKS
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_model, require_plain_loss

CODE = "R410"
NAME = "robust-loss"
TREATS = ("L201", "T401")
SLOTS = ("loss",)
STAGE = "head"
COST = 1.1
CLASHES = ("R210", "R220", "R230", "R240", "R250", "R260", "R270", "R320", "R340", "R360", "R370")
KINDS = (*HEADS, *NETWORKS)
DOUBTFUL = KINDS
OPTIONS = ({"how": "generalized"}, {"how": "symmetric"})


def apply(recipe: Recipe, exam: Exam, how: str = "generalized") -> Recipe:
    """Train with a bounded loss."""
    require_model(recipe, KINDS)
    require_plain_loss(recipe)
    return replace(recipe, loss=Step(f"{how}-cross-entropy"))
