"""P302 model-below-chance: the model as a whole is no better than guessing, or worse.

What it sees
------------
Balanced accuracy out of fold, beside 1/K and beside what the same predictions reach when the labels
are shuffled.

Why it hurts
------------
Nothing was learnt that holds on new rows; worse than guessing means that something was learnt the
wrong way round: labels or class order swapped between training and prediction, folds that leak the
complement, a sign.

How it decides
--------------
Below: of 299 shuffles of the labels at most 1 % are so low (permutation test): critical. At chance:
the 95 % interval (MOVER) holds 1/K and ends within a tenth of the way from there to perfect: high.
A wider interval around chance means too few rows, and it stays silent.

When it is wrong
----------------
A model tuned for accuracy on a severe imbalance may predict one class only and be right for its
goal; P303 and P304 say so in better words. In leave-one-out folds a prior alone scores below
chance.

What helps
----------
R520, R510 when it is at chance. Below chance no remedy helps: look at the labels and at the order
of the classes.

References
----------
Ojala and Garriga, Permutation Tests for Studying Classifier Performance, JMLR 2010, test 1.
"""

import numpy as np

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import ALPHA, for_goal, sure
from steelyard.diagnose.recalls import hits_per_class
from steelyard.diagnose.twins import even, examined
from steelyard.kit.intervals import balanced_accuracy_interval

CODE = "P302"
NAME = "model-below-chance"
HELPS = ("R520", "R510")
SHUFFLES = 299


def detect(exam: Exam) -> Finding | None:
    """Speak when balanced accuracy is under chance, or proven to be hardly above it."""
    n, hits = exam.counts, hits_per_class(exam)
    chance = 1 / np.count_nonzero(n)
    interval = balanced_accuracy_interval(hits, n)
    if interval.low > chance:
        return None
    p = _so_low_by_chance(exam, interval.estimate)
    if p <= ALPHA:
        severity, verdict, confidence = "critical", "worse than guessing", sure(p)
    elif interval.high < chance + 0.1 * (1 - chance):
        severity, verdict, confidence = "high", "no better than guessing", 0.95
    else:
        return None
    evidence = (
        Evidence("balanced accuracy", *interval, int(n.sum()), f"over {chance:.3g}"),
        Evidence("share of shuffles as low", p, n=SHUFFLES, expected="1"),
    )
    says = (
        f"balanced accuracy {interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}] is "
        f"{verdict} ({chance:.3g})"
    )
    return Finding(CODE, NAME, for_goal(severity, exam), confidence, says, (), evidence, HELPS)


def _so_low_by_chance(exam: Exam, observed: float) -> float:
    """p-value of a balanced accuracy as low as this, were labels and predictions unrelated."""
    rng = np.random.default_rng(0)
    weight = 1 / exam.counts[exam.target] / np.count_nonzero(exam.counts)
    as_low = 1
    for _ in range(SHUFFLES):
        # All seeds are shuffled alike: they are predictions for the same rows.
        shuffled = exam.predicted[:, rng.permutation(exam.target.size)]
        value = ((shuffled == exam.target).mean(axis=0) * weight).sum()
        as_low += value <= observed + 1e-12
    return as_low / (SHUFFLES + 1)


def sick(k: int, rng: np.random.Generator) -> Exam:
    """The probabilities of each row belong to the next class."""
    exam = healthy(k, rng)
    return examined(
        exam.counts, rng, proba=np.roll(exam.require_proba(), 1, axis=2), target=exam.target
    )


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """A weak model that has learnt something."""
    return examined(even(k), rng, skill=2.0)
