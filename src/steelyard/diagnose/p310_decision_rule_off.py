"""P310 decision-rule-off: another rule on the same probabilities decides better.

What it sees
------------
The out-of-fold probabilities, decided once by the highest one and once by a rule (logit adjustment;
up to 20 classes also one threshold a class) that is fitted to the goal on the other folds.

Why it hurts
------------
The model knows more than it says. It was trained on frequencies that the goal does not care about,
so the larger class wins wherever two overlap. No training is needed to mend it.

How it decides
--------------
No row tunes its own decision. The goal gains at least 1 point, and a permutation test that swaps
the two decisions row by row stays below 0.01 (Holm over the rules). Low under 3 points; medium
from 3, high from 10. Named are the classes that the better rule predicts more often and finds
more of.

When it is wrong
----------------
With a few rows in the smallest class the fitted rule is noisy: it may stay silent where a gain is
real. Gains that hold for `--prior uniform` can be losses at the training frequencies.

What helps
----------
R610, R620

References
----------
Menon et al., Long-tail Learning via Logit Adjustment, ICLR 2021. Ojala and Garriga, Permutation
Tests for Studying Classifier Performance, JMLR 2010.
"""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import ALPHA, a_few, grade, names, sure
from steelyard.diagnose.swapping import mean_confusion, swap_test
from steelyard.diagnose.twins import class_names, examined
from steelyard.kit.intervals import holm
from steelyard.kit.metrics import GOALS
from steelyard.kit.posthoc import cross_fit

CODE = "P310"
NAME = "decision-rule-off"
HELPS = ("R610", "R620")
RULES = {"logit-adjusted": "R610", "threshold": "R620"}
LEAST, THRESHOLDS_UP_TO = 0.01, 20


def detect(exam: Exam) -> Finding | None:
    """Speak when a rule fitted on other folds is proven to decide better."""
    exam.require_proba()
    goal = GOALS.get(exam.goal)
    if goal is None or goal.needs != "decision":
        raise NotApplicable(f"needs a goal of decisions; {exam.goal} is none, or needs its costs")
    rules = list(RULES) if exam.n_classes <= THRESHOLDS_UP_TO else ["logit-adjusted"]
    decided = [_decided(exam, rule) for rule in rules]
    k = exam.n_classes
    tests = [swap_test(goal, exam.target, exam.predicted, new, k) for new in decided]
    p_values = holm([p for _, p in tests])
    best = int(np.argmax([gain if p < ALPHA else -1 for (gain, _), p in zip(tests, p_values)]))
    gain, p = tests[best][0], float(p_values[best])
    if p >= ALPHA or gain < LEAST:
        return None
    old, new = (mean_confusion(exam.target, d, k) for d in (exam.predicted, decided[best]))
    more = (new.sum(axis=0) > old.sum(axis=0)) & (np.diag(new) > np.diag(old))
    named = np.flatnonzero(more)
    before, after = (goal.function.from_confusion(c) for c in (old, new))
    says = (
        f"{rules[best]} decisions, fitted on other folds, bring {exam.goal} from {before:.3f} to "
        f"{after:.3f} with the same probabilities; given away by the highest one: "
        f"{a_few(names(exam, named))}"
    )
    evidence = (
        Evidence(f"gain in {exam.goal}", gain, n=exam.target.size, expected="under 0.01"),
        Evidence("p of the gain", p),
    )
    helps = tuple(sorted(HELPS, key=lambda code: code != RULES[rules[best]]))
    severity = grade(gain, medium=0.03, high=0.1)
    return Finding(CODE, NAME, severity, sure(p), says, names(exam, named), evidence, helps)


def _decided(exam: Exam, rule: str) -> NDArray[np.int64]:
    """(S, N) decisions of a rule, each row by a rule fitted on the other folds."""
    fold = exam.fold
    if fold is None:  # a predictions file: its rows are held out already, any folds will do
        from steelyard.intake.splits import assign_folds

        rows = np.arange(exam.target.size)
        fold = np.tile(assign_folds(exam.target, rows, 5, 0), (len(exam.require_proba()), 1))
    return np.stack(
        [
            cross_fit(rule, p, exam.target, f, goal=exam.goal, prior=exam.prior).predicted
            for p, f in zip(exam.require_proba(), fold)
        ]
    )


def _counts(k: int) -> NDArray[np.int64]:
    """Half of the classes large, half small."""
    large = max(150, 1500 // k)
    return np.where(np.arange(k) < (k + 1) // 2, large, max(30, large // 10))


def sick(k: int, rng: np.random.Generator) -> Exam:
    """Overlapping classes, half of them rare, decided by the highest probability."""
    return examined(_counts(k), rng, skill=1.5 if k < 10 else 2.5, seeds=1)


def sick_where(k: int) -> tuple[str, ...]:
    """The rare half."""
    return class_names(range((k + 1) // 2, k))


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """The same rare classes without overlap: no rule can gain."""
    return examined(_counts(k), rng, seeds=1)
