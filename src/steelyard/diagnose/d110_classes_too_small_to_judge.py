"""D110 classes-too-small-to-judge: a few rows cannot show whether a class is well or ill.

What it sees
------------
Rows of each class among the work rows, and in the test split (labels only).

Why it hurts
------------
The recall of a class of n rows moves in steps of 1/n and its interval can span half of [0, 1]. Such
a class weighs as much as any other in balanced accuracy, so a lucky row there buries real gains:
picking the best of 20 equal remedies is worth +5 to +11 points on long tails for nothing.

How it decides
--------------
Named are classes with fewer than 12 work rows (Wilson's 95 % interval can span more than half of
[0, 1]): medium, high if they are half of the classes. Classes with fewer than 6 test rows are named
too (an exact sign test of 5 rows never gets under 0.05), and if only they are found it is low,
since the work rows can still judge them.

When it is wrong
----------------
Rows of one group are worth less than their number, so a class can be too small at 12 rows. Classes
that nobody cares about alone are named all the same.

What helps
----------
No remedy makes rows. Collect or label more of these classes, merge them with a neighbour, or read
their numbers as unknown.

References
----------
Wilson, Probable Inference, JASA 1927. Brown, Cai and DasGupta, Interval Estimation for a Binomial
Proportion, 2001.
"""

import numpy as np

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import a_few, grade, names, plural
from steelyard.diagnose.twins import class_names, even, examined

CODE = "D110"
NAME = "classes-too-small-to-judge"
HELPS = ()
WORK_ROWS, TEST_ROWS = 12, 6


def detect(exam: Exam) -> Finding | None:
    """Speak when some classes have too few rows for any claim about them."""
    places = [("work", exam.counts, WORK_ROWS)]
    if exam.test_counts is not None and exam.test_counts.sum():
        places.append(("test", exam.test_counts, TEST_ROWS))
    parts, evidence = [], []
    tiny = np.zeros(exam.n_classes, dtype=bool)
    for place, counts, least in places:
        few = np.flatnonzero(counts < least)
        if not few.size:
            continue
        tiny[few] = True
        few = few[np.argsort(counts[few], kind="stable")]
        some = a_few([f"{exam.classes[k]} {counts[k]}" for k in few])
        have = plural(few.size, "class has", "classes have")
        parts.append(f"{have} fewer than {least} {place} rows ({some})")
        fewest = float(counts[few[0]])
        evidence.append(
            Evidence(f"{place} rows of the smallest class", fewest, expected=f">= {least}")
        )
    named = np.flatnonzero(tiny)
    if not named.size:
        return None
    severity = grade(float((exam.counts < WORK_ROWS).mean()), medium=1e-9, high=0.5)
    says = "; ".join(parts) + ": nothing can be proven about such a class alone"
    return Finding(CODE, NAME, severity, 1.0, says, names(exam, named), tuple(evidence), HELPS)


def _small(k: int) -> int:
    """How many classes of the sick twin are small."""
    return max(1, k // 4)


def sick(k: int, rng: np.random.Generator) -> Exam:
    """The last quarter of the classes has four rows each."""
    counts = even(k)
    counts[-_small(k) :] = 4
    return examined(counts, rng)


def sick_where(k: int) -> tuple[str, ...]:
    """The classes of four rows."""
    return class_names(range(k - _small(k), k))


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """Enough rows of each, in the test split too."""
    return examined(even(k), rng, test_counts=even(k, 10))
