"""One number a class, from the confusion matrix. What is 0/0 is NaN: nothing can be said.

Called with ``(target, predicted, n_classes)``, or ``.from_confusion(matrix)``; all return ``(K,)``.
"""

import numpy as np

from steelyard.kit.metrics.arrays import FloatArray
from steelyard.kit.metrics.confusion import of_confusion


@of_confusion
def recall(confusion: FloatArray) -> FloatArray:
    """Share of the rows of a class that are found, ``(K,)``; NaN for a class without rows.

    >>> recall([0, 0, 1], [0, 1, 1], 3)
    array([0.5, 1. , nan])
    """
    return ratio(np.diag(confusion), confusion.sum(axis=1))


@of_confusion
def precision(confusion: FloatArray) -> FloatArray:
    """Share of the predictions of a class that are right, ``(K,)``; NaN if never predicted.

    >>> precision([0, 0, 1], [0, 1, 1], 3)
    array([1. , 0.5, nan])
    """
    return ratio(np.diag(confusion), confusion.sum(axis=0))


@of_confusion
def f1(confusion: FloatArray) -> FloatArray:
    """Harmonic mean of precision and recall, ``2 TP / (2 TP + FP + FN)``, ``(K,)``.

    0 for a class that has rows or predictions but no hit, NaN for one that has neither.

    >>> f1([0, 0, 1], [0, 1, 1], 3).round(3)
    array([0.667, 0.667,   nan])
    """
    return ratio(2 * np.diag(confusion), confusion.sum(axis=0) + confusion.sum(axis=1))


@of_confusion
def specificity(confusion: FloatArray) -> FloatArray:
    """Share of the rows of all other classes kept out of a class, ``TN / (TN + FP)``, ``(K,)``.

    >>> specificity([0, 0, 1], [0, 1, 1], 3)
    array([1. , 0.5, 1. ])
    """
    others = confusion.sum() - confusion.sum(axis=1)
    false_positives = confusion.sum(axis=0) - np.diag(confusion)
    return ratio(others - false_positives, others)


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """``part / whole``, NaN where the whole is 0."""
    share = np.full(part.shape, np.nan)
    np.divide(part, whole, out=share, where=whole > 0)
    return share
