"""R540 network-noise: parts of the network are left out at random while it trains.

What it does
------------
``stochastic-depth`` skips residual blocks, the deeper the more often (up to 0.2); ``drop-connect``
drops half of the head's weights in every step, ``spatial-dropout`` a tenth of the maps between the
blocks of the small network, ``dropout`` half of the hidden units of an MLP. At prediction all parts
are there.

Why it helps
------------
What may be missing at any moment cannot be relied on alone: the network spreads what it knows, and
learns fewer accidents of its training rows by heart.

When it is wrong
----------------
A network that underfits, or a short run, needs all its parts.

References
----------
Huang et al., Deep Networks with Stochastic Depth, ECCV 2016, equations 2 and 4. Wan et al.,
Regularization of Neural Networks using DropConnect, ICML 2013, section 3.1. Srivastava et al.,
Dropout, JMLR 2014. Tompson et al., Efficient Object Localization, CVPR 2015, section 3.2.
"""

from dataclasses import replace

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import NETWORKS
from steelyard.core.recipe import Recipe
from steelyard.treat.conditions import require_model, require_plain_head

CODE = "R540"
NAME = "network-noise"
TREATS = ("T401",)
SLOTS = ("model",)
STAGE = "full"
COST = 1.0
CLASHES = ("R230", "R340", "R375", "R520")
KINDS = NETWORKS
OPTIONS = (
    {"how": "stochastic-depth"},
    {"how": "drop-connect"},
    {"how": "spatial-dropout"},
    {"how": "dropout"},
)
# model, setting and how often, of what is left out inside our networks
INSIDE = {
    "spatial-dropout": ("small-cnn", "spatial_dropout", 0.1),
    "dropout": ("mlp", "dropout", 0.5),
}


def apply(recipe: Recipe, exam: Exam, how: str = "stochastic-depth") -> Recipe:
    """Leave parts out at random."""
    require_model(recipe, KINDS)
    if how == "stochastic-depth":
        if not recipe.model.name.startswith("resnet-"):
            raise NotApplicable("needs residual blocks of ours; drop-connect needs none")
        return replace(recipe, model=recipe.model.but(stochastic_depth=0.2))
    if how in INSIDE:
        model, setting, share = INSIDE[how]
        if recipe.model.name != model:
            raise NotApplicable(f"needs the model {model}; drop-connect needs none")
        return replace(recipe, model=recipe.model.but(**{setting: share}))
    require_plain_head(recipe)
    return replace(recipe, model=recipe.model.but(head="drop-connect"))
