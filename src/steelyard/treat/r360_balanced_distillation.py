"""R360 balanced-distillation: a network is taught by an earlier one whose prior was corrected.

What it does
------------
The first half of the run trains a teacher plainly; in the second half a new network learns from the
labels and from the teacher's probabilities, from which the class frequencies were taken out.

Why it helps
------------
The teacher's probabilities say how alike the classes are, which a rare class's own few labels
cannot.

When it is wrong
----------------
Both get half the epochs. A teacher that knows nothing of a class teaches nothing of it.

References
----------
Hinton et al., Distilling the Knowledge in a Neural Network, 2015, section 2. Zhang et al., Balanced
Knowledge Distillation for Long-tailed Learning, 2021.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.learners import NETWORKS
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import (
    require_even_use,
    require_one_stage,
    require_plain_training,
)

CODE = "R360"
NAME = "balanced-distillation"
TREATS = ("D101", "P330")
SLOTS = ("stages",)
STAGE = "full"
COST = 1.2
CLASHES = ("R110", "R120", "R210", "R220", "R230", "R240", "R250", "R260", "R270", "R310",
           "R320", "R330", "R340", "R350", "R390", "R410")  # fmt: skip
KINDS = NETWORKS
OPTIONS = ({},)


def apply(recipe: Recipe, exam: Exam) -> Recipe:
    """Teach a second network by a balanced first one."""
    require_plain_training(recipe, exam, KINDS)
    require_one_stage(recipe)
    require_even_use(exam)
    settings = {"before": 0.5, "share": 0.5, "temperature": 2.0}
    return replace(recipe, stages=Step("distillation", settings))
