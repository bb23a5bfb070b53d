"""R131 cleaning: rows of the larger classes that stand among those of a smaller one are left out.

What it does
------------
In training only. ``tomek``: of two rows of two classes, each the other's nearest, that of the
larger class goes. ``enn``: rows whose three nearest are not all of their class go. ``ncr``: those
that most of their neighbours outvote, and those that outvote a rare row. ``oss``: rows of the
larger classes far from any border, and the Tomek links. The smallest class loses none.

Why it helps
------------
Where classes overlap, a few frequent rows among the rare ones decide the border; without them the
rare class wins its own neighbourhood back. Only ``oss`` changes the class frequencies much.

When it is wrong
----------------
In the overlap frequent rows are no noise: leaving them out promises a border that new rows do not
keep. Of ten methods on 13 sets over-sampling gave the better ROC areas (Batista et al.). With many
columns the nearest row says little. Where the large class is 100 times the rare one it takes away
next to nothing. It is tried, never favoured.

References
----------
Batista, Prati and Monard, A Study of the Behavior of Several Methods for Balancing Machine Learning
Training Data, SIGKDD Explorations 2004. Laurikkala, Improving Identification of Difficult Small
Classes by Balancing Class Distribution, AIME 2001.
"""

from dataclasses import replace
from importlib.util import find_spec

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import TABLES
from steelyard.core.recipe import Recipe, Step
from steelyard.treat.conditions import require_imbalance, require_model, require_uncorrected

CODE = "R131"
NAME = "cleaning"
TREATS = ("P301", "P330")
SLOTS = ("sampler",)
STAGE = "data"
COST = 1.3
CLASHES = ("R110", "R130", "R132", "R210", "R710", "R730", "R740")
KINDS = TABLES
DOUBTFUL = TABLES
OPTIONS = ({"how": "tomek"}, {"how": "enn"}, {"how": "ncr"}, {"how": "oss"})
SAMPLERS = {
    "tomek": "tomek-links",
    "enn": "edited-neighbours",
    "ncr": "neighbourhood-cleaning",
    "oss": "one-sided-selection",
}


def apply(recipe: Recipe, exam: Exam, how: str = "tomek") -> Recipe:
    """Train without the rows that stand in the way."""
    require_model(recipe, KINDS)
    require_imbalance(exam)
    require_uncorrected(recipe)
    if find_spec("imblearn") is None:
        raise NotApplicable('needs imbalanced-learn: pip install "steelyard[resample]"')
    return replace(recipe, sampler=Step(SAMPLERS[how]))
