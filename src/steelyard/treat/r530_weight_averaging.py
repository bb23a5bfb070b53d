"""R530 weight-averaging: the network is the moving average of itself over the run.

What it does
------------
After every step the averaged network follows the trained one by a small part (``ema``); it is the
average that is handed over; ``swa`` is the even average of the last quarter of a run whose rate
stays as it is. ``patience`` instead holds a tenth of the rows back and stops when
their loss, each class counting the same, has not fallen for a fifth of the epochs.

Why it helps
------------
The last steps of a training jump around a good place; the average lies in it. Stopping early ends
a training before it learns its rows by heart.

When it is wrong
----------------
In a short run the average drags old weights along. Rows held back are not trained on, which a rare
class may not be able to spare.

References
----------
Tarvainen and Valpola, Mean teachers, NeurIPS 2017. Izmailov et al., Averaging Weights Leads to
Wider Optima, UAI 2018. Prechelt, Early Stopping - But When?, 1998.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.learners import NETWORKS
from steelyard.core.recipe import Recipe
from steelyard.treat.conditions import require_model

CODE = "R530"
NAME = "weight-averaging"
TREATS = ("T401",)
SLOTS = ("optim",)
STAGE = "full"
COST = 1.1
CLASHES = ("R550",)
KINDS = NETWORKS
OPTIONS = ({"how": "ema"}, {"how": "swa"}, {"how": "patience"})


def apply(recipe: Recipe, exam: Exam, how: str = "ema") -> Recipe:
    """Hand over the average, or the best epoch."""
    require_model(recipe, KINDS)
    if how == "ema":
        return replace(recipe, optim=recipe.optim.but(ema=0.99))
    if how == "swa":
        return replace(recipe, optim=recipe.optim.but(swa=0.75, schedule="constant"))
    patience = max(2, round(recipe.optim.params["epochs"] / 5))
    return replace(recipe, optim=recipe.optim.but(patience=patience))
