"""P313 weights-without-effect: class weights were given, and the model is the one without them.

What it sees
------------
The probabilities of the model beside those of the same model trained with class weights, costs or
re-sampling, on the same rows: how far they lie apart, each class counting the same, and how far two
seeds of one model do.

Why it hurts
------------
The rare classes go on being missed while everybody believes that they are taken care of. Either
the weights never reach the loss, or the model fits every training row, where weights change
nothing.

How it decides
--------------
The largest class has at least 1.5 times the rows of the smallest, and the unweighted model misses
at least 5 % of the average class: there is something to change. It speaks where both the
probabilities (total variation) and the decisions lie at most 1 point further apart than two seeds
of one model, and the probability of all rare classes together changed by at most 2 % and twice what
it changes between seeds. One seed of each tells no noise: none is then allowed for. Medium,
high where nothing differs at all. Named are the classes of less than half an even share, or the
smallest.

When it is wrong
----------------
Very mild weights move a model by less than a point, and should. Other weights than of classes are
not known to it. Where the classes do not overlap there is nothing for weights to move.

What helps
----------
R610, R620, R250, R510. First see whether the weights reach the loss: with all weight on one class
the model has to change.

References
----------
Byrd and Lipton, What is the Effect of Importance Weighting in Deep Learning?, ICML 2019. Kini et
al., Label-Imbalanced and Group-Sensitive Classification under Overparameterization, NeurIPS 2021.
"""

from dataclasses import replace
from itertools import combinations, product

import numpy as np

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.decisions import distance_apart
from steelyard.diagnose.judging import a_few, names
from steelyard.diagnose.recalls import hits_per_class, rare_classes
from steelyard.diagnose.twins import class_names, examined

CODE = "P313"
NAME = "weights-without-effect"
HELPS = ("R610", "R620", "R250", "R510")
UNEVEN, MISSED, CLOSE = 1.5, 0.05, 0.01


def detect(exam: Exam) -> Finding | None:
    """Speak when training with weights gave the model that training without them gave."""
    plain, weighted = exam.require_proba(), exam.weighted_proba
    if weighted is None:
        raise NotApplicable(
            "needs the same model with class weights: a treatment, or proba_weighted in an .npz"
        )
    n = exam.counts
    there = np.flatnonzero(n)
    missed = 1 - float(np.mean(hits_per_class(exam)[there] / n[there]))
    if n[there].max() < UNEVEN * n[there].min() or missed < MISSED:
        return None
    rare = rare_classes(n)
    rare = rare if rare.size else there[n[there] == n[there].min()]
    seeds = [*combinations(plain, 2), *combinations(weighted, 2)]
    apart = distance_apart(exam, rare, [*product(plain, weighted)])
    noise = distance_apart(exam, rare, seeds)
    if max(apart[0] - noise[0], apart[1] - noise[1]) > CLOSE:
        return None
    if apart[2] > 2 * (CLOSE + noise[2]):
        return None
    same = max(apart) == 0
    how = (
        "are the same to the last digit" if same else
        f"differ by {apart[0]:.4f} and decide {apart[1]:.1%} of the rows otherwise"
    )  # fmt: skip
    says = f"the probabilities with and without weights {how}"
    if seeds and not same:
        says += f"; two seeds differ by {noise[0]:.4f} and {noise[1]:.1%}"
    says += f"; {missed:.1%} of the average class is missed, rare: {a_few(names(exam, rare))}"
    expected = f"above {noise[0] + CLOSE:.3g}"
    rows = exam.target.size
    evidence = (
        Evidence("distance of the probabilities", apart[0], n=rows, expected=expected),
        Evidence("share decided otherwise", apart[1], n=rows),
        Evidence("change of the probability of rare classes", apart[2], n=rows),
    )
    sure = 0.99 if same else 0.95 if seeds else 0.9
    return Finding(
        CODE, NAME, "high" if same else "medium", sure, says, names(exam, rare), evidence, HELPS
    )


def _twice(k: int, ratio: int, skill: float, rng: np.random.Generator, weight: bool) -> Exam:
    """Four seeds of one model, the last two given as the weighted ones; half the classes rare."""
    large = max(120, 4000 // k)
    counts = np.where(np.arange(k) < (k + 1) // 2, large, large // ratio)
    exam = examined(counts, rng, skill=skill, seeds=4, goal="accuracy")
    proba, fold = exam.require_proba(), exam.fold
    weighted = proba[2:] / (counts if weight else 1)
    weighted /= weighted.sum(axis=2, keepdims=True)
    return replace(
        exam, proba=proba[:2], fold=None if fold is None else fold[:2], weighted_proba=weighted
    )


def sick(k: int, rng: np.random.Generator) -> Exam:
    """Overlapping classes, half of them rare, and weights that are lost on the way."""
    return _twice(k, 8, 1.5 if k < 10 else 2.3, rng, weight=False)


def sick_where(k: int) -> tuple[str, ...]:
    """The rare half."""
    return class_names(range((k + 1) // 2, k))


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """Weights that move the probabilities to even classes."""
    return _twice(k, 3, 2.8 if k < 10 else 4, rng, weight=True)
