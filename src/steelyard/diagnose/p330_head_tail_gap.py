"""P330 head-tail-gap: the smaller classes are found less often than the larger ones.

What it sees
------------
The recall out of fold of the third of the classes with the most rows (head) and of the third with
the fewest (tail), each pooled.

Why it hurts
------------
The tail pays for the head. It shows in balanced accuracy long before single classes have enough
rows to prove anything, and it tells which remedies fit: those that give the tail more weight.

How it decides
--------------
Head classes have on average at least twice the rows of tail classes, the recall of the tail lies at
least 10 points under the head's, and Fisher's exact test (one-sided) is below 0.01. Medium, high
from 25 points, critical from 50. Named are the tail classes whose recall is likelier low than that
of the head.

When it is wrong
----------------
Small classes can be harder by nature. Rows of one group are counted as independent; with few groups
the test is too sure.

What helps
----------
R610, R210, R110, R130, R250, R270, R370, R140, R220, R230, R260, R310, R320, R330, R340, R350,
R360, R380, R390, R240, R120, R375, R710, R720, R131, R132, R740, R730

References
----------
Fisher, The Logic of Inductive Inference, 1935. Liu et al., Large-Scale Long-Tailed Recognition in
an Open World, CVPR 2019 (many, medium and few shot).
"""

import numpy as np

from steelyard.core.exam import Exam
from steelyard.core.finding import Finding
from steelyard.diagnose.judging import ALPHA, a_few, for_goal, grade, names, plural, sure
from steelyard.diagnose.recalls import (
    IntArray,
    found_less,
    hits_per_class,
    rate,
    recall_of,
    struggling,
)
from steelyard.diagnose.twins import class_names, examined, long_tail

CODE = "P330"
NAME = "head-tail-gap"
HELPS = (
    "R610", "R210", "R110", "R130", "R250", "R270", "R370", "R140", "R220", "R230", "R260",
    "R310", "R320", "R330", "R340", "R350", "R360", "R380", "R390", "R240", "R120", "R375",
    "R710", "R720", "R131", "R132", "R740", "R730",
)  # fmt: skip


def detect(exam: Exam) -> Finding | None:
    """Speak when the tail is proven to be found less often than the head."""
    n, hits = exam.counts, hits_per_class(exam)
    head, tail = _ends(n)
    if n[head].mean() < 2 * n[tail].mean():
        return None
    well, ill = rate(hits, n, head), rate(hits, n, tail)
    named = struggling(hits, n, tail, well)
    if well - ill < 0.1 or not named.size:
        return None
    p = found_less(hits, n, tail, head)
    if p >= ALPHA:
        return None
    evidence = (
        recall_of("the tail", hits, n, tail, f"about {well:.3f}"),
        recall_of("the head", hits, n, head),
    )
    says = (
        f"of the tail ({plural(tail.size, 'class', 'classes')} of {exam.n_classes}) "
        f"{round(hits[tail].sum(), 1):g} of {n[tail].sum()} rows are found, {ill:.3f}; "
        f"of the head {well:.3f}. Low: {a_few(names(exam, named))}"
    )
    severity = for_goal(grade(well - ill, medium=0.1, high=0.25, critical=0.5), exam)
    return Finding(CODE, NAME, severity, sure(p), says, names(exam, named), evidence, HELPS)


def _ends(n: IntArray) -> tuple[IntArray, IntArray]:
    """The third of the classes with the most rows and the third with the fewest."""
    order = np.argsort(-n, kind="stable")
    order = order[n[order] > 0]
    third = max(1, order.size // 3)
    return order[:third], order[-third:]


def sick(k: int, rng: np.random.Generator) -> Exam:
    """A long tail; eight in ten rows of its last third look like the largest class."""
    lost = np.isin(np.arange(k), _ends(long_tail(k))[1])
    return examined(long_tail(k), rng, overlap=np.where(lost, 0.85, 0))


def sick_where(k: int) -> tuple[str, ...]:
    """The last third of the classes."""
    return class_names(_ends(long_tail(k))[1])


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """The same long tail, all of it found alike."""
    return examined(long_tail(k), rng)
