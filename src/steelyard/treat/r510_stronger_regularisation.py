"""R510 stronger-regularisation: keeps the model from learning its training rows by heart.

What it does
------------
``leaves``: leaves of at least four times as many rows (trees that count them). ``l2``: ten times
the penalty on the weights, at least 10 for boosting. ``rounds``: fewer rounds or epochs, up to
where the loss of held-out rows was lowest in the base's learning curves, or half where no curve
tells. ``l1``: a penalty on the sizes of a network's weights beside that on their squares, an
elastic net.

Why it helps
------------
Past a point a model improves on its training rows only; what it learns there is noise, and it
becomes surer than it is right. Rare classes, with few rows to learn by heart, go first.

When it is wrong
----------------
Where the model underfits it takes away what is missing. The lowest loss is not always the highest
balanced accuracy: rare classes often still gain when the loss already climbs.

References
----------
Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, sections 10.12 and
15.3.4. Prechelt, Early Stopping - But When?, 1998. Zou and Hastie, Regularization and Variable
Selection via the Elastic Net, 2005.
"""

from dataclasses import replace

import numpy as np

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import HEADS, NETWORKS, TABLES
from steelyard.core.recipe import Recipe
from steelyard.treat.conditions import require_model

CODE = "R510"
NAME = "stronger-regularisation"
TREATS = ("P302", "P313", "P320", "T401")
SLOTS = ("model", "optim")
STAGE = "full"
COST = 1.0
CLASHES = ("R370", "R520", "R550", "R710", "R720", "R730", "R740")
KINDS = (*TABLES, *HEADS, *NETWORKS)
OPTIONS = ({"how": "leaves"}, {"how": "l2"}, {"how": "rounds"}, {"how": "l1"})


def apply(recipe: Recipe, exam: Exam, how: str = "leaves") -> Recipe:
    """Regularise by ``leaves``, ``l2``, ``rounds`` or ``l1``."""
    require_model(recipe, KINDS)
    model, optim = recipe.model, recipe.optim
    if how == "leaves" and "min_samples_leaf" in model.params:
        larger = model.but(min_samples_leaf=4 * model.params["min_samples_leaf"])
        return replace(recipe, model=larger)
    if how == "l2" and "l2" in optim.params:
        least = 10.0 if optim.name == "boosting" else 1e-4
        return replace(recipe, optim=optim.but(l2=max(10 * optim.params["l2"], least)))
    if how == "l1" and model.name in NETWORKS:
        return replace(recipe, optim=optim.but(l1=1e-4))
    length = next((name for name in ("max_iter", "epochs") if name in optim.params), None)
    if how == "rounds" and length is not None:
        fewer = _turning_point(exam, optim.params[length])
        return replace(recipe, optim=optim.but(**{length: fewer}))
    raise NotApplicable(f"needs a model with {how}; {model.name} has none")


def _turning_point(exam: Exam, rounds: int) -> int:
    known = [c for c in exam.curves if c.steps[-1] == rounds]
    if not known:
        return max(1, rounds // 2)
    best = int(np.median([c.steps[np.argmin(c.val_loss)] for c in known]))
    if best > 0.9 * rounds:
        raise NotApplicable("needs a held-out loss that turns before the last round")
    return max(1, best)
