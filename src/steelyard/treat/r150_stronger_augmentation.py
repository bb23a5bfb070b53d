"""R150 stronger-augmentation: every image is seen flipped, moved, scaled, turned, tinted, cut.

What it does
------------
Each time an image comes up it is changed anew: mirrored, shifted, scaled, rotated by a few degrees,
its brightness, contrast and saturation moved, and a box of it erased.

Why it helps
------------
A network that learns its training images by heart cannot learn by heart what changes every time.
It is what most often closes the gap between training and held-out loss.

When it is wrong
----------------
Where a class is told by what the augmentation destroys (direction, size, colour), or where the
network underfits already.

References
----------
Shorten and Khoshgoftaar, A survey on Image Data Augmentation, 2019. Zhong et al., Random Erasing
Data Augmentation, AAAI 2020.
"""

from dataclasses import replace

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import NETWORKS
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_model

CODE = "R150"
NAME = "stronger-augmentation"
TREATS = ("T401",)
SLOTS = ("augment",)
STAGE = "full"
COST = 1.2
CLASHES = ("R140",)
KINDS = NETWORKS
OPTIONS = ({},)


def apply(recipe: Recipe, exam: Exam) -> Recipe:
    """Augment strongly."""
    require_model(recipe, KINDS)
    if exam.kind != "images":
        raise NotApplicable("needs images")
    return replace(recipe, augment=Step("strong", recipe.augment.params))
