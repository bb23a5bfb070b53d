"""Rows found per class, which classes are rare, and which of them share an illness."""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence
from steelyard.kit.intervals import fisher_exact, wilson

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def hits_per_class(exam: Exam) -> FloatArray:
    """(K,) rows of each class that are found, averaged over the seeds.

    Seeds repeat the same rows, so the row stays the unit of every test. Raises `NotApplicable`
    without predictions.
    """
    share_right = (exam.predicted == exam.target).mean(axis=0)
    hits: FloatArray = np.bincount(exam.target, share_right, minlength=exam.n_classes)
    return hits


def whole(hits: FloatArray) -> IntArray:
    """Means over seeds as whole counts, for exact tests."""
    return np.floor(hits + 0.5).astype(np.int64)


def rare_classes(counts: IntArray) -> IntArray:
    """Classes with rows, but fewer than half of an even share; the smallest first.

    >>> rare_classes(np.array([900, 100])), rare_classes(np.array([60, 40]))
    (array([1]), array([], dtype=int64))
    """
    present = counts > 0
    rare = np.flatnonzero(present & (counts < counts.sum() / present.sum() / 2))
    return rare[np.argsort(counts[rare], kind="stable")]


def rate(hits: FloatArray, n: IntArray, classes: IntArray) -> float:
    """Pooled recall of some classes; NaN when they have no rows."""
    rows = n[classes].sum()
    return float(hits[classes].sum() / rows) if rows else float("nan")


def recall_of(
    name: str, hits: FloatArray, n: IntArray, classes: IntArray, expected: str = ""
) -> Evidence:
    """``recall of NAME``: the pooled recall of some classes with its Wilson interval."""
    rows = int(n[classes].sum())
    return Evidence(f"recall of {name}", *wilson(hits[classes].sum(), rows), rows, expected)


def found_less(hits: FloatArray, n: IntArray, few: IntArray, many: IntArray) -> float:
    """Fisher's p that the classes ``few`` are found less often than ``many``."""
    found = whole(hits)
    rows = (found[few].sum(), n[few].sum(), found[many].sum(), n[many].sum())
    return float(fisher_exact(*map(int, rows), "less"))


def struggling(hits: FloatArray, n: IntArray, among: IntArray, healthy: float) -> IntArray:
    """Which classes are likelier to share a low recall than the healthy one.

    A class of ten rows proves nothing alone, so the classes are told apart together: two binomial
    rates, one fixed at ``healthy`` and one learnt from the classes nearer to it, in turn.

    Parameters
    ----------
    hits, n : (K,) rows found and rows
    among : candidates, class indices
    healthy : recall of the classes that are well

    Returns
    -------
    Class indices in the order of ``among``; empty when these classes do no worse.

    >>> struggling(np.array([95.0, 18, 2, 1]), np.array([100, 20, 20, 10]), np.arange(1, 4), 0.95)
    array([2, 3])
    """
    sick = among[n[among] > 0]
    well = min(max(healthy, 1e-3), 1 - 1e-3)
    for _ in range(20):
        if not sick.size:
            break
        # Half a row each way keeps a rate of 0 or 1 from making single rows decisive.
        low = (hits[sick].sum() + 0.5) / (n[sick].sum() + 1)
        if low >= well:
            return sick[:0]
        missed = n[among] - hits[among]
        gain = hits[among] * np.log(low / well) + missed * np.log((1 - low) / (1 - well))
        nearer = among[(gain > 0) & (n[among] > 0)]
        if np.array_equal(nearer, sick):
            break
        sick = nearer
    return sick
