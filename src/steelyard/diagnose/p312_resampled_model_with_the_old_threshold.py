"""P312 resampled-model-with-the-old-threshold: even classes inside, decisions by the highest.

What it sees
------------
The mean probability of each class out of fold beside its frequency (calibration in the large), and
the goal once the frequencies are put back into the probabilities, fitted on the other folds.

Why it hurts
------------
A model trained on re-balanced rows, or with class weights, believes that the rare classes are as
frequent as the others. Decided by the highest probability it calls them far too often; with the
probabilities as they are, costs and cuts are off as well.

How it decides
--------------
Rare classes get more probability than they have rows: a z-test over rows of the excess, each class
weighing its negative log frequency, below 0.01. Putting the frequencies back (`p * n^lambda`, the
lambda of most likelihood) gains 1 point of accuracy, kappa or macro-F1 (swap test below 0.01) or
0.01 nats of log-loss. Medium from 3 points or 0.03 nats, high from 10. Named are the classes
with 1.2 times their probability and two standard errors more. With a goal that does not depend on
frequencies it speaks under `--prior train` only, judged by accuracy, and low.

When it is wrong
----------------
Where missing a rare case is dearer than a false alarm, the over-calling may be wanted: then say so
by a goal. Any other cause of too much probability for rare classes, such as naive Bayes with even
priors, reads the same. With other class frequencies in use than here, it has no say.

What helps
----------
R620, R610. A predictions file is mended by `steelyard.kit.posthoc.posterior_recalibration`
from `effective_prior` to the frequencies.

References
----------
Van den Goorbergh et al., The harm of class imbalance corrections for risk prediction models, JAMIA
2022. Saerens, Latinne and Decaestecker, Adjusting the Outputs of a Classifier to New a Priori
Probabilities, 2002. Van Calster et al., Calibration: the Achilles heel, BMC Medicine 2019.
"""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.decisions import moved_to_frequencies, swap_test
from steelyard.diagnose.frequencies import excess, goal_of_frequencies, one_sided
from steelyard.diagnose.judging import ALPHA, a_few, at_most, grade, names, sure
from steelyard.diagnose.twins import class_names, examined
from steelyard.kit.metrics import Goal

CODE = "P312"
NAME = "resampled-model-with-the-old-threshold"
HELPS = ("R620", "R610")
LEAST = 0.01


def detect(exam: Exam) -> Finding | None:
    """Speak when rare classes are believed to be more frequent than they are, and it costs."""
    exam.require_proba()
    goal = goal_of_frequencies(exam)
    over, p = excess(exam)
    if p >= ALPHA or not over.size:
        return None
    gain, of_gain, before, after = _gain(exam, goal)
    if of_gain >= ALPHA or gain < LEAST:
        return None
    mean, share = exam.mean_proba.mean(axis=0), exam.counts / exam.target.size
    most = over[np.argmax(mean[over] - share[over])]
    says = (
        f"{exam.classes[most]} is {share[most]:.1%} of the rows and gets {mean[most]:.1%} of the "
        f"probability, as after training on re-balanced rows; with the frequencies put back "
        f"{goal.name} goes from {before:.3f} to {after:.3f}. Over-called: "
        f"{a_few(names(exam, over))}"
    )
    n = exam.target.size
    evidence = (
        Evidence(f"gain in {goal.name}", gain, n=n, expected=f"under {LEAST}"),
        Evidence("p of the gain", of_gain),
        *(
            Evidence(f"mean probability of {exam.classes[k]}", mean[k], n=n,
                     expected=f"{share[k]:.3g}, its frequency") for k in over[:5]
        ),
    )  # fmt: skip
    severity = grade(gain, medium=0.03, high=0.1)
    if goal.name != exam.goal:
        severity = at_most("low", severity)
    return Finding(
        CODE, NAME, severity, sure(max(p, of_gain)), says, names(exam, over), evidence, HELPS
    )


def _gain(exam: Exam, goal: Goal) -> tuple[float, float, float, float]:
    """What putting the frequencies back gains, its p, and the goal before and after."""
    moved, proba = moved_to_frequencies(exam), exam.require_proba()
    if goal.needs == "proba":
        old, new = proba, np.stack([m.proba for m in moved])
        rows = np.arange(exam.target.size)
        # log-loss row by row, rows as the unit
        each = np.log(np.maximum([new[:, rows, exam.target], old[:, rows, exam.target]], 1e-15))
        better = (each[0] - each[1]).mean(axis=0)
        gain, p = float(better.mean()), one_sided(better)
    else:
        old, new = exam.predicted, np.stack([m.predicted for m in moved])
        gain, p = swap_test(goal, exam.target, old, new, exam.n_classes, least=LEAST)
    before, after = (np.mean([goal(exam.target, s) for s in x]) for x in (old, new))
    return gain, p, float(before), float(after)


def _counts(k: int, ratio: int) -> NDArray[np.int64]:
    """Half of the classes large, half small."""
    large = max(120, 4000 // k)
    return np.where(np.arange(k) < (k + 1) // 2, large, large // ratio)


def sick(k: int, rng: np.random.Generator) -> Exam:
    """Overlapping classes, half of them rare, and a model that believes them even."""
    counts = _counts(k, 8)
    skill = 1.5 if k < 10 else 2.3
    return examined(counts, rng, skill=skill, bias=-np.log(counts), seeds=1, goal="accuracy")


def sick_where(k: int) -> tuple[str, ...]:
    """The rare half."""
    return class_names(range((k + 1) // 2, k))


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """A model that knows the frequencies of its overlapping classes."""
    return examined(_counts(k, 3), rng, skill=3 if k < 10 else 4, seeds=1, goal="accuracy")
