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
mean n would be so low by chance: for the class alone (Holm over the classes; takes 6 to 10 rows),
or for the two, three ... rarest classes together (Holm over these), each family at 0.005.
Critical when a quarter of all classes is lost, high from a twentieth, else medium.

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
from steelyard.diagnose.judging import a_few, for_goal, grade, names, plural, sure
from steelyard.diagnose.recalls import FloatArray, IntArray, rare_classes
from steelyard.diagnose.twins import class_names, even, examined
from steelyard.kit.intervals import holm

CODE = "P303"
NAME = "classes-never-predicted"
HELPS = ("R610", "R620", "R210", "R110")
LEVEL, ONCE_IN = 0.005, 50


def detect(exam: Exam) -> Finding | None:
    """Speak when classes with enough rows are never, or hardly ever, predicted."""
    n, k = exam.counts, exam.n_classes
    times = np.bincount(exam.predicted.ravel(), minlength=k) / len(exam.predicted)
    p = np.minimum(_p_alone(times, n), _p_with_the_rarest(times, n))
    named = np.flatnonzero((n > 0) & (times <= n / ONCE_IN) & (p <= LEVEL))
    if not named.size:
        return None
    share = named.size / k
    of = int(n[named].sum())
    says = (
        f"{plural(named.size, 'class is', 'classes are')} never predicted, or hardly ever: "
        + a_few([f"{exam.classes[c]} {times[c]:.3g} times for {n[c]} rows" for c in named])
        + f"; balanced accuracy can be {1 - share:.3g} at most"
    )
    evidence = (
        Evidence(
            "times the named classes are predicted",
            float(times[named].sum()),
            n=of,
            expected=f"about {of}",
        ),
        Evidence("share of the classes", share, n=k, expected="0"),
    )
    severity = for_goal(grade(share, medium=0, high=0.05, critical=0.25), exam)
    surest = sure(float(p[named].max()))
    return Finding(CODE, NAME, severity, surest, says, names(exam, named), evidence, HELPS)


def _p_alone(times: FloatArray, n: IntArray) -> FloatArray:
    """(K,) how likely so few predictions are for each class; 1 for classes without rows."""
    from scipy.stats import poisson

    p = np.ones(n.size)
    p[n > 0] = holm(poisson.cdf(np.floor(times), n)[n > 0])
    return p


def _p_with_the_rarest(times: FloatArray, n: IntArray) -> FloatArray:
    """(K,) the same for each rare class together with all rarer ones and perhaps some larger."""
    from scipy.stats import poisson

    p, rare = np.ones(n.size), rare_classes(n)
    if rare.size < 2:
        return p
    some, rows = np.cumsum(times[rare])[1:], np.cumsum(n[rare])[1:]
    pooled = np.where(some <= rows / ONCE_IN, holm(poisson.cdf(np.floor(some), rows)), 1.0)
    # A class belongs to its own pool and to every larger one; the two rarest share the first.
    best = np.minimum.accumulate(pooled[::-1])[::-1]
    p[rare] = np.append(best[0], best)
    return p


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
