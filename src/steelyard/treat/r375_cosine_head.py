"""R375 cosine-head: classes are told apart by the direction of their weights, not by their length.

What it does
------------
The network's last layer compares directions: the logit is a learnt scale times the cosine between
the features and the weights of the class.

Why it helps
------------
Plain training gives frequent classes long weights, and length is an advantage; with cosines no
class has it.

When it is wrong
----------------
The bias goes too, and with it what the model knows of frequencies: R610 on top may have nothing
left to take out. How long the features are can say how sure the network is.

References
----------
Gidaris and Komodakis, Dynamic Few-Shot Visual Learning without Forgetting, CVPR 2018, section 3.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.learners import NETWORKS
from steelyard.core.recipe import Recipe
from steelyard.treat.conditions import require_imbalance, require_model, require_plain_head

CODE = "R375"
NAME = "cosine-head"
TREATS = ("D101", "P330")
SLOTS = ("model",)
STAGE = "full"
COST = 1.0
CLASHES = ("R230", "R320", "R330", "R340", "R540")
KINDS = NETWORKS
OPTIONS = ({},)


def apply(recipe: Recipe, exam: Exam) -> Recipe:
    """Put a cosine head in the place of the linear one."""
    require_model(recipe, KINDS)
    require_imbalance(exam)
    require_plain_head(recipe)
    return replace(recipe, model=recipe.model.but(head="cosine-scaled"))
