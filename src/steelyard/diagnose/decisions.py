"""Decisions of the base and of another rule on the same rows, and what lies between them."""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.exam import Exam
from steelyard.kit.intervals import Interval, paired_balanced_accuracy_difference
from steelyard.kit.metrics import Goal, confusion_matrix
from steelyard.kit.posthoc import Decision, cross_fit

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def mean_confusion(target: IntArray, predicted: IntArray, n_classes: int) -> FloatArray:
    """(K, K) confusion matrix, the mean over the seeds of ``predicted (S, N)``."""
    tables = [confusion_matrix(target, seed, n_classes) for seed in predicted]
    return np.mean(tables, axis=0)


def decided_by(exam: Exam, rule: str) -> IntArray:
    """(S, N) decisions of a rule of `kit.posthoc`, each row's fitted on the other folds."""
    seeds = [
        cross_fit(rule, p, exam.target, f, goal=exam.goal, prior=exam.prior)
        for p, f in zip(exam.require_proba(), folds_of(exam))
    ]
    return np.stack([seed.predicted for seed in seeds])


def moved_to_frequencies(exam: Exam) -> list[Decision]:
    """For each seed the decisions with the class frequencies of the rows put back.

    ``p_k * n_k^lambda``, renormalised, with the lambda of least log-loss on the other folds: 0 for
    a model that carries the frequencies, 1 for one that was trained on even classes.
    """
    # Logit adjustment with tau = -lambda, tuned to the likelihood and not to the goal.
    return [
        cross_fit("logit-adjusted", p, exam.target, f, goal="log-loss")
        for p, f in zip(exam.require_proba(), folds_of(exam))
    ]


def folds_of(exam: Exam) -> IntArray:
    """(S, N) the folds of the exam, or any: rows of a predictions file are held out already."""
    if exam.fold is not None:
        return exam.fold
    from steelyard.intake.splits import assign_folds

    rows = np.arange(exam.target.size)
    return np.tile(assign_folds(exam.target, rows, 5, 0), (len(exam.require_proba()), 1))


def balanced_gain(target: IntArray, old: IntArray, new: IntArray) -> Interval[float]:
    """Change in balanced accuracy from ``old (S, N)`` to ``new (S, N)``; rows are the unit."""
    was, now = old == target, new == target
    gains = np.bincount(target, (now & ~was).mean(axis=0))
    losses = np.bincount(target, (was & ~now).mean(axis=0))
    return paired_balanced_accuracy_difference(gains, losses, np.bincount(target))


def swap_test(
    goal: Goal,
    target: IntArray,
    old: IntArray,
    new: IntArray,
    n_classes: int,
    *,
    least: float = 0.0,
    n_swaps: int = 999,
    random_state: int = 0,
) -> tuple[float, float]:
    """Gain of ``new (S, N)`` over ``old (S, N)`` in the goal, and its one-sided p-value.

    Were both equally good, each row could have got its two decisions the other way round. Rows are
    swapped whole, all seeds at once. A gain under ``least`` is not tested: its p is 1. Ojala and
    Garriga, JMLR 2010; Fisher 1935, section 21.
    """
    differ = (old != new).any(axis=0)
    if not differ.any():
        return 0.0, 1.0
    k, seeds = n_classes, len(old)
    cells = np.concatenate([target[differ] * k + decided[:, differ] for decided in (old, new)])
    # Rows with the same cells are interchangeable: how many of them swap is one binomial draw.
    cells, n = np.unique(cells, axis=1, return_counts=True)

    def counted(as_old: IntArray) -> FloatArray:
        """Confusion matrix of the differing rows, ``as_old (G,)`` of them decided the old way."""
        rows = np.repeat([as_old, n - as_old], seeds, axis=0) / seeds
        return np.bincount(cells.ravel(), rows.ravel(), minlength=k * k).reshape(k, k)

    common = np.maximum(mean_confusion(target, old, k) - counted(n), 0)

    def gain(swapped: IntArray) -> float:
        value = goal.function.from_confusion
        return goal.gain(value(common + counted(swapped)), value(common + counted(n - swapped)))

    rng = np.random.default_rng(random_state)
    observed, as_large = gain(np.zeros_like(n)), 1
    if observed < least:
        return observed, 1.0
    for _ in range(n_swaps):
        as_large += gain(rng.binomial(n, 0.5)) >= observed - 1e-12
    return observed, as_large / (n_swaps + 1)


def distance_apart(
    exam: Exam, rare: IntArray, pairs: list[tuple[FloatArray, FloatArray]]
) -> tuple[float, float, float]:
    """How far two sets of probabilities (N, K) lie apart, the mean over pairs of them.

    Total variation and share of rows decided otherwise, each class counting the same; and by what
    part the sum of the probabilities of the ``rare`` classes changes. 0 without pairs.
    """
    if not pairs:
        return 0.0, 0.0, 0.0
    each = 1 / (np.count_nonzero(exam.counts) * exam.counts[exam.target])
    found = [
        (
            np.abs(a - b).sum(axis=1) @ each / 2,
            (a.argmax(axis=1) != b.argmax(axis=1)) @ each,
            abs(b[:, rare].sum() / max(a[:, rare].sum(), 1e-9) - 1),
        )
        for a, b in pairs
    ]
    variation, otherwise, change = np.mean(found, axis=0)
    return float(variation), float(otherwise), float(change)
