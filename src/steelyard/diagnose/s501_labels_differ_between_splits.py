"""S501 labels-differ-between-splits: a label of the test split was never trained on.

What it sees
------------
The label texts as written in each given split.

Why it hurts
------------
A class that training never saw can never be predicted, so all its rows are wrong, whatever the
model; scikit-learn's score() says nothing about it. Often it is the same class written differently
(`Cat`, `cat `), or numbers in one split and names in the other.

How it decides
--------------
Facts, no statistics. Named are the labels of other splits that the training split lacks: critical
from 5 % of that split's rows, high below. For each it looks for a training label equal but for
case, spaces, `_` and `-`, and whether one side has only numbers and the other only names. Training
labels that a split lacks are no finding.

When it is wrong
----------------
In open-set tasks unseen classes are meant to be there. Case can carry meaning (`a` and `A` of
handwriting), so a likeness is a question, not a merge.

What helps
----------
No remedy renames labels. Mend the label texts, move rows of the class into training, or drop it
from the test.

References
----------
Schelter et al., Automating Large-Scale Data Quality Verification, PVLDB 2018 (completeness of
categories between data sets).
"""

import unicodedata
from collections.abc import Mapping

import numpy as np

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import a_few, grade, plural
from steelyard.diagnose.splits import trained_on_and_others
from steelyard.diagnose.twins import even, examined

CODE = "S501"
NAME = "labels-differ-between-splits"
HELPS = ()


def detect(exam: Exam) -> Finding | None:
    """Speak when a split has labels that training lacks."""
    train, others = trained_on_and_others(exam)
    known = {label for label, rows in train.items() if rows}
    written = {_plain(label): label for label in sorted(known)}
    where, parts, evidence, worst = [], [], [], 0.0
    for split, labels in others.items():
        unseen = [label for label, rows in labels.items() if rows and label not in known]
        if not unseen:
            continue
        rows, n = sum(labels[label] for label in unseen), sum(labels.values())
        worst = max(worst, rows / n)
        where += unseen
        evidence.append(
            Evidence(f"share of {split} with unseen labels", rows / n, n=n, expected="0")
        )
        some = a_few([f"{label!r} ({labels[label]})" for label in unseen])
        many = plural(len(unseen), "label", "labels")
        parts.append(f"{split} has {many} that training lacks, {rows} of {n} rows: {some}")
        parts += _why(unseen, known, written, split)
    if not where:
        return None
    severity = grade(worst, medium=0, high=0, critical=0.05)
    says = "; ".join(parts)
    return Finding(CODE, NAME, severity, 1.0, says, tuple(dict.fromkeys(where)), tuple(evidence))


def _why(unseen: list[str], known: set[str], written: Mapping[str, str], split: str) -> list[str]:
    """What the unseen labels may really be."""
    alike = [f"{u!r} may be {written[_plain(u)]!r}" for u in unseen if _plain(u) in written]
    if alike:
        return [a_few(alike)]
    if all(map(_is_code, unseen)) and not any(map(_is_code, known)):
        return [f"training has names, {split} has numbers"]
    if all(map(_is_code, known)) and not any(map(_is_code, unseen)):
        return [f"training has numbers, {split} has names"]
    return []


def _plain(label: str) -> str:
    """The label without case, outer space and the choice of separator."""
    folded = unicodedata.normalize("NFKC", label).casefold()
    words = folded.replace("_", " ").replace("-", " ").split()
    return " ".join(words) or label  # "-" and "_" may be labels themselves


def _is_code(label: str) -> bool:
    return label.strip().removesuffix(".0").isdecimal()


def sick(k: int, rng: np.random.Generator) -> Exam:
    """The test split writes the last class in capitals and with a trailing space."""
    train = {f"c{j}": 40 for j in range(k)}
    test = {f"c{j}": 10 for j in range(k - 1)} | {f"C{k - 1} ": 10}
    return examined(even(k), rng, splits={"train": train, "test": test})


def sick_where(k: int) -> tuple[str, ...]:
    """The label as the test split writes it."""
    return (f"C{k - 1} ",)


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """The test split lacks a rare class but adds none."""
    train = {f"c{j}": 40 for j in range(k - 1)} | {f"c{k - 1}": 6}
    test = {f"c{j}": 10 for j in range(k - 1)}
    return examined(even(k), rng, splits={"train": train, "test": test})
