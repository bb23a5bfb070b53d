"""What a model believes about the class frequencies, beside what they are."""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.kit.metrics import GOALS, Goal
from steelyard.kit.posthoc import log_frequencies

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

OF_FREQUENCIES = ("accuracy", "log-loss", "kappa", "macro-f1")
"""Goals to which it matters how often a class occurs."""


def goal_of_frequencies(exam: Exam) -> Goal:
    """The goal that the class frequencies of the rows matter to: the exam's, or accuracy.

    Raises
    ------
    NotApplicable
        The classes in use are even, or others than here, and the goal is one of recalls, of costs
        or of order.
    """
    own = exam.prior is not None and bool(
        np.abs(exam.prior / np.sum(exam.prior) - _share(exam)).max() < 1e-3
    )
    even = exam.prior is None or bool(np.ptp(exam.prior) < 1e-9)
    if exam.goal in OF_FREQUENCIES and (own or even):
        return GOALS[exam.goal]
    if own and exam.goal in GOALS:
        return GOALS["accuracy"]
    raise NotApplicable(
        "needs a goal to which the class frequencies of the rows matter, or --prior train"
    )


def excess(exam: Exam) -> tuple[IntArray, float]:
    """The classes that get more probability than they have rows, and p that rare ones do.

    Each class weighs its negative log frequency, so that one number says how far the probabilities
    lean to even classes; the rows are the unit. Classes are told by 1.2 times the
    probability and two standard errors.
    """
    n, k = exam.target.size, exam.n_classes
    beyond = exam.mean_proba - np.eye(k)[exam.target]
    rarity = -log_frequencies(exam.counts)
    if np.ptp(rarity) < np.log(1.5):  # nothing to re-balance
        return np.empty(0, dtype=np.int64), 1.0
    p = one_sided(beyond @ rarity)
    error = beyond.std(axis=0) / np.sqrt(n)
    mean, share = exam.mean_proba.mean(axis=0), _share(exam)
    over = (mean > 1.2 * share) & (mean - share > 2 * error)
    return np.flatnonzero(over), p


def one_sided(values: FloatArray) -> float:
    """p that the mean of ``values (N,)`` is not above 0, by the normal distribution."""
    from scipy.special import ndtr

    error = values.std() / np.sqrt(values.size)
    if error == 0:
        return 0.0 if values.mean() > 0 else 1.0
    return float(ndtr(-values.mean() / error))


def _share(exam: Exam) -> FloatArray:
    return exam.counts / exam.target.size
