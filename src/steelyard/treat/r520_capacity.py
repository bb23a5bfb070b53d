"""R520 capacity: a larger model where it underfits, a smaller one where it overfits.

What it does
------------
``more``: twice the leaves of boosted trees and half the rows a leaf, or two levels more; half the
rows a leaf of a forest, a hidden layer of 256 in the head, twice the width of the network.
``less``: a quarter of the leaves or two levels fewer, twice the rows a leaf, no hidden layer, half
the width. ``pyramid``: the network's last maps are read in grids of 1, 4 and 16 bins, so that the
head sees where something is.

Why it helps
------------
A model too small for the task leaves out the rare classes first: they are the cheapest to give up.
A model too large for the rows learns them by heart.

When it is wrong
----------------
More capacity costs more time, which the race counts. With few rows the larger model is the worse
one whatever the learning curve says of the large classes.

References
----------
Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, section 7.3. Sagawa et
al., An Investigation of Why Overparameterization Exacerbates Spurious Correlations, ICML 2020. He
et al., Spatial Pyramid Pooling in Deep Convolutional Networks, ECCV 2014.
"""

from dataclasses import replace

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import HEADS, TREES
from steelyard.core.recipe import Recipe
from steelyard.treat.conditions import require_model

CODE = "R520"
NAME = "capacity"
TREATS = ("P302", "T401", "T402")
SLOTS = ("model",)
STAGE = "full"
COST = 1.5
CLASHES = ("R370", "R510", "R540", "R710", "R720", "R730", "R740")
WIDE = ("small-cnn", "resnet-8", "resnet-20", "resnet-32")
KINDS = (*TREES, *HEADS, *WIDE)
OPTIONS = ({"how": "more"}, {"how": "less"}, {"how": "pyramid"})
HIDDEN = 256


def apply(recipe: Recipe, exam: Exam, how: str = "more") -> Recipe:
    """Make the model larger (``more``, ``pyramid``) or smaller (``less``)."""
    require_model(recipe, KINDS)
    if how == "pyramid":
        if recipe.model.name not in WIDE or recipe.model.params.get("pool") == how:
            raise NotApplicable(f"needs one of {', '.join(WIDE)} that averages its last maps")
        return replace(recipe, model=recipe.model.but(pool=how))
    more, now = how == "more", recipe.model.params
    if "max_depth" in now:
        changes = {"max_depth": now["max_depth"] + 2 if more else max(2, now["max_depth"] - 2)}
    elif "max_leaf_nodes" in now:
        leaves, rows = now["max_leaf_nodes"], now["min_samples_leaf"]
        changes = (
            {"max_leaf_nodes": 2 * leaves + 1, "min_samples_leaf": max(1, rows // 2)}
            if more
            else {"max_leaf_nodes": max(3, leaves // 4)}
        )
    elif recipe.model.name == "forest":
        rows = now["min_samples_leaf"]
        changes = {"min_samples_leaf": max(1, rows // 2) if more else 2 * rows}
    elif recipe.model.name == "linear-head":
        changes = {"hidden": max(HIDDEN, 2 * now["hidden"]) if more else 0}
    else:
        width = now.get("width", 1.0)
        least = 4 if recipe.model.name == "small-cnn" else 0.25
        changes = {"width": 2 * width if more else max(least, type(width)(width / 2))}
    if changes.items() <= now.items():
        raise NotApplicable(f"needs a model that is not at its {'largest' if more else 'smallest'}")
    return replace(recipe, model=recipe.model.but(**changes))
