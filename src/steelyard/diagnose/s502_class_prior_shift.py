"""S502 class-prior-shift: a split has other class frequencies than training.

What it sees
------------
The label counts of each given split beside those of the training split.

Why it hurts
------------
A model carries the training frequencies in its probabilities. Where the classes come in other
frequencies, its decisions are off, its probabilities are off, and accuracy on one split says
little about the other. It is not an imbalance: both splits may be imbalanced, but differently.

How it decides
--------------
Test of homogeneity (G-test; classes with fewer than 5 expected rows are put together), Holm over
the splits, below 0.01, and Cohen's effect size w, freed of what sampling alone gives, at least 0.2:
medium, high from 0.5, critical from 1. Named are the splits. Labels that training lacks are S501's.

When it is wrong
----------------
A test split is often balanced on purpose; then the shift is known and wanted, and `--prior` should
say in which frequencies the model will be used.

What helps
----------
R610, with `--prior` set to the frequencies of use.

References
----------
Saerens, Latinne and Decaestecker, Adjusting the Outputs of a Classifier to New a Priori
Probabilities, 2002. Cohen, Statistical Power Analysis, 1988, chapter 7 (effect size w).
"""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import ALPHA, grade, sure
from steelyard.diagnose.splits import trained_on_and_others
from steelyard.diagnose.twins import class_names, even, examined
from steelyard.kit.intervals import holm

CODE = "S502"
NAME = "class-prior-shift"
HELPS = ("R610",)


def detect(exam: Exam) -> Finding | None:
    """Speak when a split's class frequencies differ from training's by more than chance."""
    train, others = trained_on_and_others(exam)
    labels = [label for label, rows in train.items() if rows]
    here = np.array([train[label] for label in labels])
    there = [np.array([split.get(label, 0) for label in labels]) for split in others.values()]
    tests = [_shift(here, counts) for counts in there]
    corrected = holm([p for p, _ in tests])
    where, parts, evidence, effects = [], [], [], []
    for split, counts, p, (_, effect) in zip(others, there, corrected, tests):
        if p >= ALPHA or effect < 0.2:
            continue
        where.append(split)
        effects.append(effect)
        evidence.append(
            Evidence(f"effect size w, {split}", effect, n=int(counts.sum()), expected="0")
        )
        old, new = here / here.sum(), counts / counts.sum()
        most = int(np.abs(new - old).argmax())
        parts.append(
            f"{labels[most]} is {old[most]:.1%} of train and {new[most]:.1%} of {split} "
            f"(effect size {effect:.2f})"
        )
    if not where:
        return None
    severity = grade(max(effects), medium=0.2, high=0.5, critical=1.0)
    surest = sure(float(corrected.min()))
    return Finding(
        CODE, NAME, severity, surest, "; ".join(parts), tuple(where), tuple(evidence), HELPS
    )


def _shift(a: NDArray[np.int64], b: NDArray[np.int64]) -> tuple[float, float]:
    """p-value that two rows of counts share one distribution, and Cohen's w without noise."""
    from scipy.stats import chi2_contingency

    n = a.sum() + b.sum()
    few = (a + b) * min(a.sum(), b.sum()) < 5 * n
    table = np.stack([np.append(x[~few], x[few].sum()) for x in (a, b)])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not b.sum():
        return 1.0, 0.0
    p = chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue
    pearson = chi2_contingency(table, correction=False)
    # The expectation of chi-square without a shift is its degrees of freedom.
    excess = max(0.0, pearson.statistic - pearson.dof)
    return float(p), float(np.sqrt(excess * n / (a.sum() * b.sum())))


def _splits(k: int, rng: np.random.Generator, shifted: bool) -> dict[str, dict[str, int]]:
    share = np.linspace(1, 3, k) / np.linspace(1, 3, k).sum()
    drawn = {"train": share, "val": share, "test": share[::-1] if shifted else share}
    rows = {"train": 60 * k, "val": 20 * k, "test": 60 * k}
    return {
        name: dict(zip(class_names(range(k)), rng.multinomial(rows[name], p).tolist()))
        for name, p in drawn.items()
    }


def sick(k: int, rng: np.random.Generator) -> Exam:
    """The test split has the training frequencies turned round."""
    return examined(even(k), rng, splits=_splits(k, rng, shifted=True))


def sick_where(k: int) -> tuple[str, ...]:
    """The test split alone."""
    return ("test",)


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """All splits drawn from one distribution."""
    return examined(even(k), rng, splits=_splits(k, rng, shifted=False))
