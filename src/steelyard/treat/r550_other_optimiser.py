"""R550 other-optimiser: the same network, another way down.

What it does
------------
``lookahead`` lets slow weights follow the optimiser's fast ones every fifth step; ``adamw`` gives
every parameter its own rate; ``lamb`` also measures each layer's step by the size of its weights;
``adam-to-sgd`` begins with Adam and goes on with SGD in the second half; ``clip`` shortens
gradients longer than 1; ``lars`` is SGD with a step for each layer by the size of its weights.

Why it helps
------------
Where the loss falls slowly, or jumps, the optimiser may be what is in the way: rates of its own
for each parameter forgive a wrong one, slow weights forgive a nervous one.

When it is wrong
----------------
With a rate that fits, SGD often ends in the better place. It changes nothing about an imbalance.

References
----------
Zhang et al., Lookahead Optimizer, NeurIPS 2019, algorithm 1. Loshchilov and Hutter, Decoupled
Weight Decay Regularization, ICLR 2019. You et al., LAMB, ICLR 2020, algorithm 2; LARS, 2017.
Keskar and Socher, Switching from Adam to SGD, 2017. Pascanu et al., ICML 2013, algorithm 1
(clipping).
"""

from dataclasses import replace

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import NETWORKS
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_model

CODE = "R550"
NAME = "other-optimiser"
TREATS = ("T402",)
SLOTS = ("optim",)
STAGE = "full"
COST = 1.1
CLASHES = ("R230", "R310", "R510", "R530")
KINDS = NETWORKS
OPTIONS = (
    {"how": "lookahead"},
    {"how": "adamw"},
    {"how": "lamb"},
    {"how": "adam-to-sgd"},
    {"how": "clip"},
    {"how": "lars"},
)
# rate and weight decay; LARS and Adam to SGD have theirs inside the gradient
SETTINGS = {"adamw": (0.002, 0.01), "lamb": (0.01, 0.01), "adam-to-sgd": (0.002, 5e-4),
            "lars": (10.0, 5e-4)}  # fmt: skip


def apply(recipe: Recipe, exam: Exam, how: str = "lookahead") -> Recipe:
    """Train with another optimiser."""
    require_model(recipe, KINDS)
    if how == "lookahead":
        return replace(recipe, optim=recipe.optim.but(lookahead=True))
    if how == "clip":
        return replace(recipe, optim=recipe.optim.but(clip=1.0))
    if recipe.optim.name == how:
        raise NotApplicable(f"needs another optimiser than {how}")
    rate, l2 = SETTINGS[how]
    settings = {**recipe.optim.params, "learning_rate": rate, "l2": l2}
    return replace(recipe, optim=Step(how, settings))
