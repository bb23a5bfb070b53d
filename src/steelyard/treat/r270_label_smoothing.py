"""R270 label-smoothing: part of every label is spread over the other classes.

What it does
------------
``aware`` smooths the labels of large classes most (0.4) and those of rare ones least (0.1);
``even`` smooths all by 0.1.

Why it helps
------------
A network that may not be certain keeps its logits small, and its probabilities nearer to what they
say. Large classes, of which it is certain too easily, are held back most.

When it is wrong
----------------
Where the network underfits, or where probabilities are calibrated already: it makes them too
cautious.

References
----------
Zhong et al., Improving Calibration for Long-Tailed Recognition (MiSLAS), CVPR 2021, equation 3.
Szegedy et al., Rethinking the Inception Architecture, CVPR 2016, section 7.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.learners import HEADS, NETWORKS
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_imbalance, require_model, require_plain_loss

CODE = "R270"
NAME = "label-smoothing"
TREATS = ("P320", "P330")
SLOTS = ("loss",)
STAGE = "head"
COST = 1.1
CLASHES = ("R210", "R220", "R230", "R240", "R250", "R260", "R320", "R340", "R360", "R370", "R410")
KINDS = (*HEADS, *NETWORKS)
OPTIONS = ({"how": "aware"}, {"how": "even"})


def apply(recipe: Recipe, exam: Exam, how: str = "aware") -> Recipe:
    """Smooth the labels."""
    require_model(recipe, KINDS)
    require_plain_loss(recipe)
    if how == "even":
        return replace(recipe, loss=Step("label-smoothing", {"smoothing": 0.1}))
    require_imbalance(exam)
    return replace(recipe, loss=Step("label-aware-smoothing"))
