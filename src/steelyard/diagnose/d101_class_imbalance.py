"""D101 class-imbalance: some classes are rare and are found less often than the others.

What it sees
------------
The rows of each class: the imbalance ratio (largest / smallest), and how many even classes the data
are worth, exp(entropy) of the class shares. With predictions of a model also the recall of the rare
classes (fewer rows than half of an even share) beside that of the others, and the one-vs-rest AUC
of the rare classes, which says whether they could be told apart by a better decision rule.

Why it hurts
------------
A model trained on counts learns the counts: where classes overlap it prefers the large one, and
few rows teach few features. Imbalance alone is no illness: if the rare classes are found as often
as the others, it stays silent, at any ratio.

How it decides
--------------
Rare classes exist and their pooled recall lies at least 10 points under that of the others. With
Fisher's exact test below 0.01 it is medium, from 20 points high, from 50 critical; with a test
below 0.05 only it is low. Named are the rare classes whose recall is likelier the low than the
healthy one. Without predictions only the counts speak: low from a ratio of 10, medium from 100.

When it is wrong
----------------
A rare class can be hard for a reason of its own (noisy labels, a true overlap), which more weight
does not mend. It never names an imbalance that costs nothing yet but would cost with fewer rows.

What helps
----------
R610, R620, R210, R110, R130, R250, R370, R140, R220, R230, R260, R310, R320, R330, R340, R350,
R360, R380, R240, R120, R375, R710, R132, R740, R730

References
----------
He and Garcia, Learning from Imbalanced Data, IEEE TKDE 2009. Hill, Diversity and Evenness, Ecology
1973 (effective number). Denil and Trappenberg, Overlap versus Imbalance, 2010.
"""

import numpy as np

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import ALPHA, a_few, for_goal, grade, names, sure
from steelyard.diagnose.recalls import (
    found_less,
    hits_per_class,
    rare_classes,
    rate,
    recall_of,
    struggling,
)
from steelyard.diagnose.twins import class_names, examined, long_tail
from steelyard.kit.metrics import roc_auc

CODE = "D101"
NAME = "class-imbalance"
HELPS = (
    "R610", "R620", "R210", "R110", "R130", "R250", "R370", "R140", "R220", "R230", "R260",
    "R310", "R320", "R330", "R340", "R350", "R360", "R380", "R240", "R120", "R375", "R710",
    "R132", "R740", "R730",
)  # fmt: skip
HINT = 0.05


def detect(exam: Exam) -> Finding | None:
    """Speak when rare classes pay for being rare."""
    n, rare = exam.counts, rare_classes(exam.counts)
    if not rare.size:
        return None
    share = n[n > 0] / n.sum()
    ratio, effective = n.max() / n[rare[0]], float(np.exp(-(share * np.log(share)).sum()))
    largest, smallest = names(exam, (n.argmax(), rare[0]))
    facts = (
        Evidence("imbalance ratio", float(ratio), n=int(n.sum()), expected="no fixed limit"),
        Evidence("effective number of classes", effective, expected=f"{share.size} when even"),
    )
    says = (
        f"{largest} {n.max()} rows, {smallest} {n[rare[0]]}: {ratio:.3g} times; like "
        f"{effective:.3g} even classes instead of {share.size}"
    )
    if exam.proba is None:
        if ratio < 10:
            return None
        says += "; what it costs is not known without predictions"
        severity = for_goal(grade(ratio, medium=100), exam)
        return Finding(CODE, NAME, severity, 0.5, says, names(exam, rare), facts, HELPS)

    hits = hits_per_class(exam)
    others = np.setdiff1d(np.flatnonzero(n), rare)
    found, healthy = rate(hits, n, rare), rate(hits, n, others)
    sick = struggling(hits, n, rare, healthy)
    p = found_less(hits, n, rare, others)
    if healthy - found < 0.1 or not sick.size or p >= HINT:
        return None
    auc = float(np.mean([roc_auc(exam.target == k, exam.mean_proba[:, k]) for k in sick]))
    facts += (
        recall_of("the rare classes", hits, n, rare),
        recall_of("the others", hits, n, others),
        Evidence("AUC of the named classes", auc, expected="1 when they are separable"),
    )
    says += (
        f". Rare: {a_few(names(exam, rare))}, {found:.3f} of their rows found, of the others "
        f"{healthy:.3f}"
    )
    severity = grade(healthy - found, medium=0.1, high=0.2, critical=0.5)
    if p >= ALPHA:
        severity, says = "low", says + "; too few rows to prove it"
    return Finding(
        CODE, NAME, for_goal(severity, exam), sure(p), says, names(exam, sick), facts, HELPS
    )


def sick(k: int, rng: np.random.Generator) -> Exam:
    """A long tail; nine in ten rows of its rare classes look like the largest class."""
    counts = long_tail(k)
    rare = np.isin(np.arange(k), rare_classes(counts))
    return examined(counts, rng, overlap=np.where(rare, 0.9, 0))


def sick_where(k: int) -> tuple[str, ...]:
    """The rare classes of the sick twin."""
    return class_names(rare_classes(long_tail(k)))


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """The same long tail, every class of it learnt."""
    return examined(long_tail(k), rng)
