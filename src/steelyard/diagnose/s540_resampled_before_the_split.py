"""S540 resampled-before-the-split: synthetic or copied rows of one source on both sides.

What it sees
------------
How many rows of each class lie exactly on a straight line with two near rows of their class, in
the training split where splits are given; and how many are copies of training rows.

Why it hurts
------------
SMOTE before the split puts a row into test and its parents into training; random over-sampling puts
there the row itself. The test then asks what training answered, the score of the rare class is too
good, and the larger model wins because it memorises.

How it decides
--------------
No measured rows of continuous columns lie on one line; those of whole or rounded numbers that do
are told by the ratio of their distances and left out. The class with the fewest such rows is the
control. Named are classes with at least 10 % of their rows on lines, five times the control and
twice what random rows of the class give, Fisher below 0.01 (Holm). Copies count from a quarter of
the class's rows and four times the control's share, only among the classes that are as large as
the largest and where rows do not repeat by themselves. Medium, high from 30 %, critical from 60 %.

When it is wrong
----------------
Values filled in by linear interpolation lie on lines too. It cannot see synthetic rows that were
rounded, rows synthesised for all classes alike, and over-sampling to another size than that of the
largest class. A class needs 10 rows on the other side.

What helps
----------
No remedy changes this. Split first, then re-sample the training rows only; steelyard does so by
itself inside its folds when it is given the rows as they were.

References
----------
Chawla et al., SMOTE: Synthetic Minority Over-sampling Technique, JAIR 2002, section 4.2. Santos et
al., Cross-Validation for Imbalanced Datasets: Avoiding Overoptimistic and Overfitting Approaches,
IEEE Computational Intelligence Magazine 2018.
"""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam, StraightLines
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import a_few, grade, names, sure
from steelyard.diagnose.resampled import above_control, copied, on_lines
from steelyard.diagnose.twins import class_names, even, examined
from steelyard.kit.intervals import wilson

CODE = "S540"
NAME = "resampled-before-the-split"
HELPS = ()


def detect(exam: Exam) -> Finding | None:
    """Speak when rows of one source stand on both sides of a split."""
    witnesses = [*on_lines(exam), *copied(exam)]
    if not witnesses:
        raise NotApplicable("needs at least two columns of numbers, or copies across splits")
    parts, evidence, where, ps, worst = [], [], set[int](), [], 0.0
    for witness in witnesses:
        sick, p = above_control(witness)
        if not sick.size:
            continue
        hits, rows = int(witness.hits[sick].sum()), int(witness.rows[sick].sum())
        parts.append(f"{hits} of {rows} rows of {a_few(names(exam, sick))} {witness.what}")
        for k in sick[:5]:
            share = wilson(witness.hits[k], witness.rows[k])
            told = f"share of {exam.classes[k]}, {witness.what.split(',')[0]}"
            evidence.append(Evidence(told, *share, int(witness.rows[k]), "0"))
        where |= set(sick.tolist())
        ps.append(p)
        worst = max(worst, float((witness.hits[sick] / witness.rows[sick]).max()))
    if not where:
        return None
    severity = grade(worst, medium=0.1, high=0.3, critical=0.6)
    named = names(exam, sorted(where))
    return Finding(CODE, NAME, severity, sure(max(ps)), "; ".join(parts), named, tuple(evidence))


def _lines(k: int, on_lines: NDArray[np.int64]) -> StraightLines:
    rows, chance = np.full(k, 60), on_lines // 20
    return StraightLines(
        *(dict(zip(class_names(range(k)), x.tolist())) for x in (rows, on_lines, chance))
    )


def sick(k: int, rng: np.random.Generator) -> Exam:
    """All classes but the first hold mostly synthetic rows."""
    return examined(
        even(k), rng, lines=_lines(k, np.where(np.arange(k), 30 + rng.binomial(30, 0.5, k), 0))
    )


def sick_where(k: int) -> tuple[str, ...]:
    """All but the first."""
    return class_names(range(1, k))


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """Values filled in by interpolation in all classes alike."""
    return examined(even(k), rng, lines=_lines(k, rng.binomial(60, 0.3, k)))
