"""P301 classes-below-chance: classes that are found less often than guessing would find them.

What it sees
------------
The recall of each class out of fold, and that of the rarest classes together, beside 1/K.

Why it hurts
------------
Such a class would be better served by a coin: the model does not merely fail to learn it, it has
learnt to give it away, mostly to a large class that looks like it.

How it decides
--------------
One class can seldom prove it: no hit needs 29 rows at K = 10 and 299 at K = 100. So each class gets
an exact binomial test (Holm over the classes) and so do the rarest classes pooled, all rare ones,
then the rarer half of them, and so on (Holm over the pools), each family at half of 0.05. Each
class is then below, above or unknown. Named are the classes proven below, and in a pool proven
below those with a recall under 1/K. Critical when their recall together is under half of chance,
else high.

When it is wrong
----------------
If only overall accuracy counts, giving a rare class away can be right. 1/K is what guessing finds
when all classes are guessed alike; guessing by frequency finds less of a rare class.

What helps
----------
R610, R210, R110, R131, R130

References
----------
Clopper and Pearson, The Use of Confidence or Fiducial Limits, 1934. Holm, A Simple Sequentially
Rejective Multiple Test Procedure, 1979.
"""

import numpy as np

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import a_few, for_goal, names, sure
from steelyard.diagnose.recalls import IntArray, hits_per_class, rare_classes, whole
from steelyard.diagnose.twins import class_names, even, examined, long_tail
from steelyard.kit.intervals import binomial_tail, clopper_pearson, holm

CODE = "P301"
NAME = "classes-below-chance"
HELPS = ("R610", "R210", "R110", "R131", "R130")
LEVEL = 0.025


def detect(exam: Exam) -> Finding | None:
    """Speak when classes, alone or pooled, are proven to be found less often than by guessing."""
    n, hits, chance = exam.counts, whole(hits_per_class(exam)), 1 / exam.n_classes
    present = np.flatnonzero(n)
    p_each = holm(binomial_tail(hits[present], n[present], chance, "below"))
    named = set(present[p_each <= LEVEL].tolist())
    surest = float(p_each.min())
    pools = _pools(rare_classes(n))
    if pools:
        some, of = np.array([(hits[pool].sum(), n[pool].sum()) for pool in pools]).T
        p_pool = holm(binomial_tail(some, of, chance, "below"))
        for pool, p in zip(pools, p_pool):
            if p <= LEVEL:
                named |= {int(k) for k in pool if hits[k] < n[k] * chance}
        surest = min(surest, float(p_pool.min()))
    if not named:
        return None
    sick = np.array(sorted(named))
    found, rows = int(hits[sick].sum()), int(n[sick].sum())
    together = clopper_pearson(found, rows)
    above = binomial_tail(hits[present], n[present], chance, "above")
    n_above = int((holm(above) <= LEVEL).sum())
    proven = int((p_each <= LEVEL).sum())
    unknown = present.size - n_above - proven
    each = a_few([f"{exam.classes[k]} {hits[k]}/{n[k]}" for k in sick])
    says = (
        f"{each}: {found} of {rows} right, {together.estimate:.3f} [{together.low:.3f}, "
        f"{together.high:.3f}]; guessing {chance:.3g}. Each of the {present.size} classes alone: "
        f"{n_above} above chance, {proven} below, {unknown} unknown"
    )
    evidence = (
        Evidence("recall of the named classes", *together, rows, f"at least {chance:.3g}"),
        Evidence("classes above chance", float(n_above), n=present.size, expected="all"),
    )
    severity = for_goal("critical" if together.estimate < chance / 2 else "high", exam)
    return Finding(CODE, NAME, severity, sure(surest), says, names(exam, sick), evidence, HELPS)


def _pools(rare: IntArray) -> list[IntArray]:
    """All rare classes, the rarer half of them, and so on down to two."""
    pools = []
    while rare.size > 1:
        pools.append(rare)
        rare = rare[: rare.size // 2]
    return pools


def sick(k: int, rng: np.random.Generator) -> Exam:
    """A long tail; all rows of the rare classes look like the largest class."""
    counts = long_tail(k)
    return examined(
        counts, rng, overlap=np.where(np.isin(np.arange(k), rare_classes(counts)), 1, 0)
    )


def sick_where(k: int) -> tuple[str, ...]:
    """The rare classes."""
    return class_names(rare_classes(long_tail(k)))


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """A weak model, but above chance in every class."""
    return examined(even(k), rng, skill=2.0)
