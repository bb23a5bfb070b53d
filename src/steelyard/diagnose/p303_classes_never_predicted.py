"""P303 classes-never-predicted: the model has given some classes up altogether.

What it sees
------------
How many rows are predicted as each class out of fold, beside the rows the class has.

Why it hurts
------------
A class that is never predicted has recall 0 and no precision at all; each costs 1/K of balanced
accuracy, and no threshold on another class brings it back.

How it decides
--------------
A class of n rows should be predicted about n times (N times its share). Named are the classes that
are predicted at most once in 50 of these times, mean over the seeds, where a Poisson variable of
mean n would be so low with probability under 0.01 (Holm over the classes); with few classes that
takes 5 to 7 rows. Critical when a quarter of all classes is lost, high from a twentieth, else
medium.

When it is wrong
----------------
If only accuracy counts and a class overlaps with a much larger one, never predicting it is optimal.
Classes of a handful of rows are left out: that they are never predicted can be chance.

What helps
----------
R610, R620, R210, R110

References
----------
Menon et al., Long-tail Learning via Logit Adjustment, ICLR 2021, section 2 (why plain cross-entropy
drops rare classes).
"""

import numpy as np

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import ALPHA, a_few, for_goal, grade, names, plural, sure
from steelyard.diagnose.twins import class_names, even, examined
from steelyard.kit.intervals import holm

CODE = "P303"
NAME = "classes-never-predicted"
HELPS = ("R610", "R620", "R210", "R110")
ONCE_IN = 50


def detect(exam: Exam) -> Finding | None:
    """Speak when classes with enough rows are never, or hardly ever, predicted."""
    from scipy.stats import poisson

    n, k = exam.counts, exam.n_classes
    seeds = exam.predicted.shape[0]
    times = np.bincount(exam.predicted.ravel(), minlength=k) / seeds
    present = np.flatnonzero(n)
    p = holm(poisson.cdf(np.floor(times[present]), n[present]))
    lost = (times[present] <= n[present] / ONCE_IN) & (p < ALPHA)
    named = present[lost]
    if not named.size:
        return None
    share = named.size / k
    rows = int(n[named].sum())
    says = (
        f"{plural(named.size, 'class is', 'classes are')} never predicted, or hardly ever: "
        + a_few([f"{exam.classes[c]} {times[c]:.3g} times for {n[c]} rows" for c in named])
        + f"; balanced accuracy can be {1 - share:.3g} at most"
    )
    evidence = (
        Evidence(
            "times the named classes are predicted",
            float(times[named].sum()),
            n=rows,
            expected=f"about {rows}",
        ),
        Evidence("share of the classes", share, n=k, expected="0"),
    )
    severity = for_goal(grade(share, medium=0, high=0.05, critical=0.25), exam)
    surest = sure(float(p[lost].max()))
    return Finding(CODE, NAME, severity, surest, says, names(exam, named), evidence, HELPS)


def _given_up(k: int) -> np.ndarray:
    """(K,) which classes the sick twin has given up: the last tenth, at least one."""
    return np.arange(k) >= k - max(1, k // 10)


def sick(k: int, rng: np.random.Generator) -> Exam:
    """Some logits are far too low."""
    return examined(even(k), rng, bias=np.where(_given_up(k), -80.0, 0.0))


def sick_where(k: int) -> tuple[str, ...]:
    """The classes with the low logits."""
    return class_names(np.flatnonzero(_given_up(k)))


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """A weak model that predicts every class."""
    return examined(even(k), rng, skill=2.5)
