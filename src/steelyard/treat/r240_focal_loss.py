"""R240 focal-loss: rows that are right already weigh less.

What it does
------------
Multiplies the cross-entropy of a row by ``(1 - p) ** gamma``, p the probability of its class. With
``beta`` it is the class-balanced focal loss: of the sigmoid, weighed by effective numbers.

Why it helps
------------
It was made for detectors, which see a thousand easy backgrounds beside each object. It can help
where most rows are easy and all classes have hard ones.

When it is wrong
----------------
Rare is not the same as hard: it lost 1.1 points on CIFAR-100-LT and 0.2 on digits at 50:1 against
plain cross-entropy. Wrong labels are hard too, and it turns to them. It is tried, never favoured.

References
----------
Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, equation 5. Cui et al., Class-Balanced
Loss Based on Effective Number of Samples, CVPR 2019, equation 12.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.learners import HEADS, NETWORKS
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import (
    require_imbalance,
    require_model,
    require_plain_loss,
    require_uncorrected,
)

CODE = "R240"
NAME = "focal-loss"
TREATS = ("D101", "P330")
SLOTS = ("loss",)
STAGE = "head"
COST = 1.1
CLASHES = ("R210", "R220", "R230", "R250", "R260", "R270", "R320", "R340", "R360", "R370", "R410")
KINDS = (*HEADS, *NETWORKS)
DOUBTFUL = KINDS
OPTIONS = ({"gamma": 2.0}, {"gamma": 1.0}, {"gamma": 1.0, "beta": 0.999})


def apply(recipe: Recipe, exam: Exam, gamma: float = 2.0, beta: float | None = None) -> Recipe:
    """Turn down the rows that are right already."""
    require_model(recipe, KINDS)
    require_imbalance(exam)
    require_plain_loss(recipe)
    if beta is not None:
        require_uncorrected(recipe)
        loss = Step("class-balanced-focal", {"gamma": gamma, "beta": beta})
        return replace(recipe, loss=loss)
    return replace(recipe, loss=Step("focal", {"gamma": gamma}))
