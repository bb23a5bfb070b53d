"""R110 random-resampling: rows of rare classes are repeated, or rows of large ones left out.

What it does
------------
``over`` repeats rows of the smaller classes until all are as large as the largest; ``under``
leaves out rows of the larger ones until all are as small as the smallest. In training only:
whatever is measured is measured on the rows as they are.

Why it helps
------------
It does what class weights do for any model, and under-sampling makes training cheap: on large
tables a small even sample often serves as well as everything.

When it is wrong
----------------
Calibration error grows 2 to 13 times. Repeated rows are learnt by heart by trees and networks;
balanced sampling lost 3.1 points on CIFAR-100-LT. Under-sampling throws rows away, so it asks for
20 rows in the smallest class. Weights and logit adjustment do the same for less: it is tried,
never favoured.

References
----------
He and Garcia, Learning from Imbalanced Data, IEEE TKDE 2009, section 3.1.1. Van den Goorbergh et
al., The harm of class imbalance corrections for risk prediction models, JAMIA 2022.
"""

from dataclasses import replace

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import HEADS, NETWORKS, TABLES
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_imbalance, require_model, require_uncorrected

CODE = "R110"
NAME = "random-resampling"
TREATS = ("D101", "P301", "P303", "P304", "P330")
SLOTS = ("sampler",)
STAGE = "data"
COST = 1.5
CLASHES = ("R120", "R130", "R131", "R132", "R210", "R220", "R230", "R250", "R260", "R310", "R320",
           "R330", "R340", "R350", "R360", "R370", "R710", "R730", "R740")  # fmt: skip
KINDS = (*TABLES, *HEADS, *NETWORKS)
DOUBTFUL = TABLES
OPTIONS = ({"how": "over"}, {"how": "under"})
UNDER_FROM = 20  # rows in the smallest class


def apply(recipe: Recipe, exam: Exam, how: str = "over") -> Recipe:
    """Draw the training rows evenly over the classes."""
    require_model(recipe, KINDS)
    require_imbalance(exam)
    require_uncorrected(recipe)
    smallest = int(exam.counts[exam.counts > 0].min())
    if how == "under" and smallest < UNDER_FROM:
        raise NotApplicable(f"needs {UNDER_FROM} rows in the smallest class; it has {smallest}")
    return replace(recipe, sampler=Step(f"{how}-sampling"))
