"""Traces of re-sampling in the rows themselves, class by class, and which classes stand out."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steelyard.core.exam import Exam
from steelyard.diagnose.judging import ALPHA
from steelyard.kit.intervals import fisher_exact, holm

FEWEST_ROWS = 10


class Witness(NamedTuple):
    """Rows of one kind: ``hits (K,)`` of ``rows (K,)``, suspicious from the shares ``least (K,)``
    and from ``times`` the control's share on."""

    what: str
    hits: NDArray[np.int64]
    rows: NDArray[np.int64]
    least: NDArray[np.float64]
    times: float


def on_lines(exam: Exam) -> Iterator[Witness]:
    """Rows on a line with two rows of their class: what SMOTE leaves."""
    lines = exam.lines
    if lines is None:
        return
    hits, rows, chance = (
        np.array([of.get(name, 0) for name in exam.classes])
        for of in (lines.on_lines, lines.rows, lines.by_chance)
    )
    least = np.maximum(0.1, 2 * chance / np.maximum(rows, 1))
    of = "training rows" if lines.across else "others"
    some = f" (such as row {lines.examples[0]})" if lines.examples else ""
    what = f"lie exactly on a line with two {of} of their class{some}, as SMOTE makes them"
    yield Witness(what, hits, rows, least, 5)


def copied(exam: Exam) -> Iterator[Witness]:
    """Copies of training rows, among the classes of one size with the largest.

    None where the columns have so few combinations that rows repeat by themselves.
    """
    from steelyard.intake.duplicates import repeats_naturally

    size = sum(_rows(exam, split) for split in exam.splits)
    if exam.duplicates is None or repeats_naturally(exam.columns, int(np.sum(size))):
        return
    even = size >= 0.99 * np.max(size)
    for pair, classes in exam.duplicates.classes.items():
        first, second = pair.split("|")
        if first == "train":
            hits = np.bincount(np.asarray(classes, dtype=np.int64), minlength=exam.n_classes)
            # a split may write a class in its own way, so that its rows are not all counted
            rows = np.maximum(_rows(exam, second), hits)
            what = f"in {second} are copies of training rows, in a class made as large as any"
            yield Witness(what, hits * even, rows * even, np.full(even.size, 0.25), 4)


def _rows(exam: Exam, split: str) -> NDArray[np.int64]:
    return np.array([exam.splits[split].get(name, 0) for name in exam.classes], dtype=np.int64)


def above_control(witness: Witness) -> tuple[NDArray[np.int64], float]:
    """The classes far above the one with the fewest hits, and the largest p among them."""
    _, hits, rows, least, times = witness
    known = np.flatnonzero(rows >= FEWEST_ROWS)
    if known.size < 2:
        return known[:0], 1.0
    share = hits / np.maximum(rows, 1)
    control = known[np.lexsort((-rows[known], share[known]))[0]]
    tried = known[(share[known] >= least[known]) & (share[known] >= times * share[control])]
    tried = tried[tried != control]
    other = int(hits[control]), int(rows[control])
    p = holm([fisher_exact(int(hits[k]), int(rows[k]), *other, "greater") for k in tried])
    sick = tried[p < ALPHA]
    return sick, float(p[p < ALPHA].max(initial=0.0))
