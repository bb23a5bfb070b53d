"""R132 near-miss: of each larger class only the rows nearest to the rare one are kept.

What it does
------------
In training only, every class is brought down to the size of the smallest. ``version=1`` keeps the
rows with the least mean distance to their three nearest rare rows, ``version=2`` those with the
least to the three farthest.

Why it helps
------------
What is kept lies at the border, where a model has to decide; training is as cheap as on the rare
class alone. On rows without overlap the border is found from few rows.

When it is wrong
----------------
The frequent rows that are kept are the oddest ones, and the model learns that they are all there
are: away from the border it says rare. Drawing by chance (R110) keeps what is typical. It asks for
20 rows in the smallest class, and is tried, never favoured.

References
----------
Mani and Zhang, kNN Approach to Unbalanced Data Distributions: A Case Study Involving Information
Extraction, ICML workshop on learning from imbalanced datasets, 2003.
"""

from dataclasses import replace
from importlib.util import find_spec

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import TABLES
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_imbalance, require_model, require_uncorrected

CODE = "R132"
NAME = "near-miss"
TREATS = ("D101", "P330")
SLOTS = ("sampler",)
STAGE = "data"
COST = 1.0
CLASHES = ("R110", "R130", "R131", "R210", "R710", "R730", "R740")
KINDS = TABLES
DOUBTFUL = TABLES
OPTIONS = ({"version": 1}, {"version": 2})
ROWS_FROM = 20  # in the smallest class


def apply(recipe: Recipe, exam: Exam, version: int = 1) -> Recipe:
    """Train on the rows at the border, as many of each class."""
    require_model(recipe, KINDS)
    require_imbalance(exam)
    require_uncorrected(recipe)
    smallest = int(exam.counts[exam.counts > 0].min())
    if smallest < ROWS_FROM:
        raise NotApplicable(f"needs {ROWS_FROM} rows in the smallest class; it has {smallest}")
    if find_spec("imblearn") is None:
        raise NotApplicable('needs imbalanced-learn: pip install "steelyard[resample]"')
    return replace(recipe, sampler=Step(f"near-miss-{version}"))
