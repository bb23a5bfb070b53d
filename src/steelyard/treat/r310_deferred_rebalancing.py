"""R310 deferred-rebalancing: weights or balanced batches only at the end, when the rate drops.

What it does
------------
The first four fifths train on the rows as they are; in the last fifth, where the learning rate
drops to a tenth, classes weigh by their effective number (``weights``) or are drawn alike
(``batches``).

Why it helps
------------
Re-balancing from the start spoils the features, at the end it only moves the boundary: +3.3 points
on CIFAR-100-LT and +1.1 on digits at 50:1, where the same weights from the start lost 6.1.

When it is wrong
----------------
In a short run the last fifth is a few steps. Post-hoc logit adjustment does nearly the same for
nothing.

References
----------
Cao et al., Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss, NeurIPS 2019,
section 3.3 and algorithm 1.
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

CODE = "R310"
NAME = "deferred-rebalancing"
TREATS = ("D101", "P330")
SLOTS = ("optim", "stages")
STAGE = "full"
COST = 1.0
CLASHES = ("R110", "R120", "R210", "R220", "R230", "R250", "R260", "R320", "R330",
           "R340", "R350", "R360", "R390", "R550")  # fmt: skip
KINDS = NETWORKS
GAIN = 3.3
OPTIONS = ({"by": "weights"}, {"by": "batches"})
START = 0.8


def apply(recipe: Recipe, exam: Exam, by: str = "weights") -> Recipe:
    """Re-balance in the last fifth of the run."""
    require_model(recipe, KINDS)
    require_imbalance(exam)
    require_uncorrected(recipe)
    require_one_stage(recipe)
    weights = Step("deferred-reweighting", {"start": START, "scheme": "effective"})
    batches = Step("deferred-resampling", {"start": START})
    return replace(
        recipe,
        optim=recipe.optim.but(schedule="drop", drop_at=START),
        stages=weights if by == "weights" else batches,
    )
