"""P310 decision-rule-off: another rule on the same probabilities decides better.

What it sees
------------
The out-of-fold probabilities, decided once by the highest one and once by a rule (logit adjustment;
up to 5 classes also one threshold a class) that is fitted to the goal on the other folds.

Why it hurts
------------
The model knows more than it says. It was trained on frequencies that the goal does not care about,
so the larger class wins wherever two overlap. No training is needed to mend it.

How it decides
--------------
No row tunes its own decision. The goal gains at least 1 point, and a permutation test that swaps
the two decisions row by row stays below 0.025 (Bonferroni over
the rules). Low under 3 points; medium from 3, high from 10. Named are the classes that the better
rule predicts more often and finds no less often.

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
from steelyard.diagnose.decisions import balanced_gain, decided_by, mean_confusion, swap_test
from steelyard.diagnose.judging import a_few, grade, names, sure
from steelyard.diagnose.twins import class_names, examined
from steelyard.kit.metrics import GOALS, Goal

CODE = "P310"
NAME = "decision-rule-off"
HELPS = ("R610", "R620")
RULES = {"logit-adjusted": "R610", "threshold": "R620"}
LEVEL, LEAST, THRESHOLDS_UP_TO = 0.025, 0.01, 5


def detect(exam: Exam) -> Finding | None:
    """Speak when a rule fitted on other folds is proven to decide better."""
    exam.require_proba()
    goal = GOALS.get(exam.goal)
    if goal is None or goal.needs != "decision":
        raise NotApplicable(f"needs a goal of decisions without a cost file, not {exam.goal}")
    k, target = exam.n_classes, exam.target
    if goal.bounds[1] - goal.function(target, exam.predicted[0], k) < LEAST:
        return None  # nothing left to gain
    rules = list(RULES) if k <= THRESHOLDS_UP_TO else ["logit-adjusted"]
    for rule in rules:
        decided = decided_by(exam, rule)
        gain, p = swap_test(goal, target, exam.predicted, decided, k, least=LEAST)
        if p * len(rules) <= LEVEL:
            return _finding(exam, goal, rule, decided, gain, p * len(rules))
    return None


def _finding(
    exam: Exam, goal: Goal, rule: str, decided: NDArray[np.int64], gain: float, p: float
) -> Finding:
    old, new = (mean_confusion(exam.target, d, exam.n_classes) for d in (exam.predicted, decided))
    more = (new.sum(axis=0) > old.sum(axis=0)) & (np.diag(new) >= np.diag(old))
    named = np.flatnonzero(more)
    before, after = (goal.function.from_confusion(c) for c in (old, new))
    says = (
        f"{rule} decisions, fitted on other folds, bring {exam.goal} from {before:.3f} to "
        f"{after:.3f} with the same probabilities; given away by the highest one: "
        f"{a_few(names(exam, named))}"
    )
    n, expected = exam.target.size, "under 0.01"
    balanced = balanced_gain(exam.target, exam.predicted, decided)
    gains = [Evidence("gain in balanced accuracy", *balanced, n, expected)]
    if exam.goal != "balanced-accuracy":
        gains.insert(0, Evidence(f"gain in {exam.goal}", gain, n=n, expected=expected))
    evidence = (*gains, Evidence("p of the gain", p))
    helps = tuple(sorted(HELPS, key=lambda code: code != RULES[rule]))
    severity = grade(gain, medium=0.03, high=0.1)
    return Finding(CODE, NAME, severity, sure(p), says, names(exam, named), evidence, helps)


def _counts(k: int) -> NDArray[np.int64]:
    """Half of the classes large, half small."""
    large = max(120, 4000 // k)
    return np.where(np.arange(k) < (k + 1) // 2, large, max(30, large // 8))


def sick(k: int, rng: np.random.Generator) -> Exam:
    """Overlapping classes, half of them rare, decided by the highest probability."""
    return examined(_counts(k), rng, skill=1.5 if k < 10 else 2.3, seeds=1)


def sick_where(k: int) -> tuple[str, ...]:
    """The rare half."""
    return class_names(range((k + 1) // 2, k))


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """The same rare classes without overlap: no rule can gain."""
    return examined(_counts(k), rng, seeds=1)
