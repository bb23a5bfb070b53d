"""R250 vector-scaling: logits are scaled and shifted by the size of their class, in the loss.

What it does
------------
During training the logits of rare classes are both shrunk (gamma) and lowered (tau), so that they
must become larger to win; at prediction they are taken as they are.

Why it helps
------------
The shift moves the boundary early in training, the scale late, when a network already fits all
its rows and a shift alone no longer does anything. It holds Balanced Softmax (gamma 0) and the
class-dependent temperatures (tau 0).

When it is wrong
----------------
Two numbers to choose: with too large a gamma the frequent classes are given up. Where gamma is 0
and the head is linear it is R610, at a higher price.

References
----------
Kini et al., Label-Imbalanced and Group-Sensitive Classification under Overparameterization,
NeurIPS 2021, equation 2.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.learners import HEADS, NETWORKS
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_even_use, require_plain_training

CODE = "R250"
NAME = "vector-scaling"
TREATS = ("D101", "P313", "P330")
SLOTS = ("loss",)
STAGE = "head"
COST = 1.1
CLASHES = ("R110", "R120", "R130", "R210", "R220", "R230", "R240", "R260", "R270", "R310",
           "R320", "R340", "R350", "R360", "R370", "R410")  # fmt: skip
KINDS = (*HEADS, *NETWORKS)
OPTIONS = ({"gamma": 0.15},)


def apply(recipe: Recipe, exam: Exam, gamma: float = 0.15) -> Recipe:
    """Scale and shift the logits in the loss."""
    require_plain_training(recipe, exam, KINDS)
    require_even_use(exam)
    return replace(recipe, loss=Step("vector-scaling", {"gamma": gamma, "tau": 1.0}))
