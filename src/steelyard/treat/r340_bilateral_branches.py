"""R340 bilateral-branches: one branch sees the data as they are, one the reverse (BBN).

What it does
------------
The network's last block is doubled. One branch gets the rows as they come, the other rare classes
as often as frequent ones come in the data; what counts moves from the first to the second over the
run.

Why it helps
------------
The shared part learns features from all rows first, the re-balanced branch the classifier later,
in one training: +4.2 points on CIFAR-100-LT.

When it is wrong
----------------
Every step costs two passes. In a short run the second branch is given the lead too early.

References
----------
Zhou et al., BBN: Bilateral-Branch Network with Cumulative Learning for Long-Tailed Visual
Recognition, CVPR 2020, section 4.
"""

from dataclasses import replace

from steelyard.core.exam import Exam
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_one_stage, require_plain_training

CODE = "R340"
NAME = "bilateral-branches"
TREATS = ("D101", "P330")
SLOTS = ("stages",)
STAGE = "full"
COST = 2.0
CLASHES = ("R110", "R120", "R210", "R220", "R230", "R240", "R250", "R260", "R270",
           "R310", "R320", "R330", "R350", "R360", "R375", "R390", "R410", "R540")  # fmt: skip
KINDS = ("small-cnn", "resnet-8", "resnet-20", "resnet-32")
GAIN = 4.2
OPTIONS = ({},)


def apply(recipe: Recipe, exam: Exam) -> Recipe:
    """Train two branches."""
    require_plain_training(recipe, exam, KINDS)
    require_one_stage(recipe)
    return replace(recipe, stages=Step("bilateral"))
