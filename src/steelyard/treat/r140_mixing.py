"""R140 mixing: the network is trained on blends of two images and of their labels.

What it does
------------
``remix`` blends two images and gives the label to the rarer class where it is three times as rare;
``mixup`` blends labels as it blends images; ``cutmix`` pastes a box of one into the other;
``balanced-mixup`` blends in a little of images drawn evenly over the classes.

Why it helps
------------
Between the rows there is more to learn from than the rows: a few images of a rare class meet every
other. With deferred re-weighting mixup gained 8.5 points on CIFAR-100-LT, the most of all
that needs no other images.

When it is wrong
----------------
A short training or a small network only underfits more. Probabilities become cautious: look at
the calibration.

References
----------
Zhang et al., mixup, ICLR 2018. Yun et al., CutMix, ICCV 2019. Chou et al., Remix: Rebalanced
Mixup, ECCV workshops 2020, equations 5 to 7. Galdran et al., Balanced-MixUp, MICCAI 2021.
"""

from dataclasses import replace

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import NETWORKS
from steelyard.core.recipe import Recipe
from steelyard.treat.conditions import require_imbalance, require_model

CODE = "R140"
NAME = "mixing"
TREATS = ("D101", "P330", "T401")
SLOTS = ("augment",)
STAGE = "full"
COST = 1.1
CLASHES = ("R150", "R350")
KINDS = NETWORKS
OPTIONS = ({"mix": "remix"}, {"mix": "mixup"}, {"mix": "cutmix"}, {"mix": "balanced-mixup"})


def apply(recipe: Recipe, exam: Exam, mix: str = "remix") -> Recipe:
    """Blend the images of a batch in pairs."""
    require_model(recipe, KINDS)
    if exam.kind != "images" and mix != "mixup":
        raise NotApplicable(f"needs images; {mix} is made for them")
    if mix in ("remix", "balanced-mixup"):
        require_imbalance(exam)
    alpha = 0.2 if mix in ("mixup", "balanced-mixup") else 1.0
    return replace(recipe, augment=recipe.augment.but(mix=mix, alpha=alpha))
