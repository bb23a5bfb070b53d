"""D120 duplicates-across-splits: rows of the validation or test split are copies of training rows.

What it sees
------------
How many rows of each given split have an identical row (or image) in another, and how often rows
repeat within one split.

Why it hurts
------------
A model that has seen the answer is graded on its memory: the score is too good by up to the share
of copies, and the remedy that memorises best wins.

How it decides
--------------
Rows of a few categories repeat by coincidence, so the share of copies is compared with twice the
share of rows that repeat within a split: binomial test below 0.01. Low under 1 % of the split, then
medium, high from 2 %, critical from 5 %. Named are the splits that hold copies. Splits made by
steelyard keep identical rows together, so it needs splits of the user.

When it is wrong
----------------
Near copies (another crop, another compression, a neighbouring frame) are not seen. A set in which
every row was doubled before splitting looks like coincidence.

What helps
----------
No remedy changes this. Remove the copies from the training split and look at the score again.

References
----------
Barz and Denzler, Do We Train on Test Data? Purging CIFAR of Near-Duplicates, J. Imaging 2020.
"""

from dataclasses import replace

import numpy as np

from steelyard.core.data import Duplicates
from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import ALPHA, grade, sure
from steelyard.diagnose.splits import trained_on_and_others
from steelyard.diagnose.twins import even, examined
from steelyard.kit.intervals import binomial_tail

CODE = "D120"
NAME = "duplicates-across-splits"
HELPS = ()


def detect(exam: Exam) -> Finding | None:
    """Speak when a split holds more copies of another than coincidence explains."""
    if exam.duplicates is None:
        raise NotApplicable("needs the rows themselves, not only predictions")
    _, others = trained_on_and_others(exam)
    rows = sum(sum(labels.values()) for labels in exam.splits.values())
    coincidence = min(1.0, 2 * exam.duplicates.within / rows)
    where, evidence, parts, shares, ps = [], [], [], [], []
    for pair, copies in exam.duplicates.across.items():
        first, second = pair.split("|")
        if second not in others:
            continue
        n = sum(others[second].values())
        p = float(binomial_tail(copies, n, coincidence, "above"))
        if not copies or p >= ALPHA:
            continue
        share = copies / n
        where.append(second)
        ps.append(p)
        shares.append(share)
        expected = f"at most {coincidence:.2g} by coincidence"
        evidence.append(
            Evidence(f"share of {second} copied from {first}", share, n=n, expected=expected)
        )
        some = ", ".join(exam.duplicates.examples.get(pair, ())[:3])
        parts.append(
            f"{copies} of {n} {second} rows ({share:.1%}) are copies of {first} rows"
            + (f", such as {some}" if some else "")
        )
    if not where:
        return None
    severity = grade(max(shares), medium=0.01, high=0.02, critical=0.05)
    unique = tuple(dict.fromkeys(where))
    return Finding(CODE, NAME, severity, sure(max(ps)), "; ".join(parts), unique, tuple(evidence))


def sick(k: int, rng: np.random.Generator) -> Exam:
    """One test row in ten is a training row."""
    exam = healthy(k, rng)
    copies = 2 * k
    return replace(exam, duplicates=Duplicates(across={"train|val": 0, "train|test": copies}))


def sick_where(k: int) -> tuple[str, ...]:
    """The test split alone."""
    return ("test",)


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """Rows of few categories, which repeat within a split as often as across."""
    labels = {f"c{j}": 20 for j in range(k)}
    splits = {"train": dict.fromkeys(labels, 60), "val": labels, "test": labels}
    copies = Duplicates(across={"train|val": 2 * k, "train|test": 2 * k}, within=9 * k)
    return examined(even(k, 60), rng, splits=splits, duplicates=copies)
