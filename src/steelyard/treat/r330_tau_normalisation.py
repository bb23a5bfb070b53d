"""R330 tau-normalisation: the head's weights are made more alike in length, after training.

What it does
------------
Divides the weights of each class by their length to the power of tau and drops the bias. Nothing
is retrained.

Why it helps
------------
The longer the weights of a class, the more room it takes; frequent classes grow long ones. +2.6
points on CIFAR-100-LT, +2.3 on digits at 50:1.

When it is wrong
----------------
Lengths also tell how hard a class is. Logit adjustment, which uses the counts, gained more in both
places. Networks are trained anew for it, since the head is part of what is stored.

References
----------
Kang et al., Decoupling Representation and Classifier for Long-Tailed Recognition, ICLR 2020,
equation 3.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.learners import NETWORKS
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import (
    require_imbalance,
    require_model,
    require_one_stage,
    require_uncorrected,
)

CODE = "R330"
NAME = "tau-normalisation"
TREATS = ("D101", "P330")
SLOTS = ("stages",)
STAGE = "full"
COST = 1.0
CLASHES = ("R110", "R210", "R230", "R310", "R320", "R340", "R350", "R360", "R375", "R390")
KINDS = NETWORKS
GAIN = 2.6
OPTIONS = ({"tau": 1.0}, {"tau": 0.5})


def apply(recipe: Recipe, exam: Exam, tau: float = 1.0) -> Recipe:
    """Normalise the head's weights at the end."""
    require_model(recipe, KINDS)
    require_imbalance(exam)
    require_uncorrected(recipe)
    require_one_stage(recipe)
    return replace(recipe, stages=Step("tau-norm", {"tau": tau}))
