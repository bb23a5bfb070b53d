"""R630 temperature-scaling: makes the probabilities honest; no decision changes.

What it does
------------
Divides the log-probabilities by one number T, found by the least log-loss inside the folds.
T > 1 takes confidence away. Nothing is retrained.

Why it helps
------------
Networks, boosting with many rounds and weighted trainings are surer than they are right. One number
cannot overfit, and on networks it repairs calibration about as well as anything richer.

When it is wrong
----------------
It never changes a decision, so it is raced only for goals that look at probabilities: log-loss,
and average precision with more than two classes. For any other goal there is nothing to win; use
``steelyard.kit.posthoc`` by hand where the probabilities themselves are wanted. It cannot mend
probabilities that are wrong for one class only.

References
----------
Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 4.2.
"""

from dataclasses import replace

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import CLASS_MEANS, ENSEMBLES, HEADS, NETWORKS, TABLES
from steelyard.core.recipe import Recipe, Step
from steelyard.kit.metrics import GOALS

CODE = "R630"
NAME = "temperature-scaling"
TREATS = ("P320",)
SLOTS = ("posthoc",)
STAGE = "posthoc"
COST = 0.0
CLASHES = ("R610", "R620")
KINDS = (*TABLES, *ENSEMBLES, *HEADS, *CLASS_MEANS, *NETWORKS)
OPTIONS: tuple[dict[str, str], ...] = ({},)


def apply(recipe: Recipe, exam: Exam) -> Recipe:
    """Scale the probabilities."""
    if exam.goal not in GOALS or GOALS[exam.goal].needs != "proba":
        raise NotApplicable(f"needs a goal of probabilities; {exam.goal} looks at decisions")
    if exam.goal == "average-precision" and exam.n_classes == 2:
        raise NotApplicable("needs more than two classes to change their order")
    return replace(recipe, posthoc=Step("temperature"))
