"""One number for all classes, from the confusion matrix.

Called with ``(target, predicted, n_classes)``, or ``.from_confusion(matrix)``.
Absent classes: whatever averages recalls (balanced accuracy, geometric mean, worst class) runs over
the classes with rows; macro averages run over the classes with rows or predictions and count
0/0 as 0. Both as scikit-learn does, so that its numbers and ours can stand in one table.
"""

import numpy as np

from steelyard.kit.metrics.arrays import FloatArray
from steelyard.kit.metrics.confusion import of_confusion
from steelyard.kit.metrics.per_class import f1, precision, recall


@of_confusion
def accuracy(confusion: FloatArray) -> float:
    """Share of the rows that are right, in [0, 1].

    >>> accuracy([0, 0, 0, 1], [0, 0, 0, 0])
    0.75
    """
    return float(np.trace(confusion) / confusion.sum())


@of_confusion
def balanced_accuracy(confusion: FloatArray) -> float:
    """Mean recall over the classes with rows, in [0, 1]; guessing is worth 1/K.

    >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 0, 0])
    0.5
    """
    return float(_recalls(confusion).mean())


@of_confusion
def worst_class(confusion: FloatArray) -> float:
    """Smallest recall of the classes with rows, in [0, 1].

    >>> worst_class([0, 0, 0, 1], [0, 0, 0, 0])
    0.0
    """
    return float(_recalls(confusion).min())


@of_confusion
def geometric_mean(confusion: FloatArray) -> float:
    """Geometric mean of the recalls of the classes with rows, in [0, 1]; 0 if one is never found.

    Kubat and Matwin, Addressing the Curse of Imbalanced Training Sets, ICML 1997, section 2.

    >>> geometric_mean([0, 0, 1, 1], [0, 1, 1, 1]).__round__(4)
    0.7071
    """
    recalls = _recalls(confusion)
    # Logs, since a plain product of hundreds of recalls underflows.
    return float(np.exp(np.log(recalls).mean())) if recalls.all() else 0.0


@of_confusion
def cohen_kappa(confusion: FloatArray) -> float:
    """Agreement beyond chance, in [-1, 1]: ``(p_o - p_e) / (1 - p_e)``.

    Cohen, A Coefficient of Agreement for Nominal Scales, 1960, equation 1. With a single class in
    both target and prediction it is 0/0 and counts as 0: nothing beyond chance was shown.

    >>> cohen_kappa([0, 0, 1, 1], [0, 0, 1, 0])
    0.5
    """
    n = confusion.sum()
    by_chance = confusion.sum(axis=0) @ confusion.sum(axis=1) / n
    return float((np.trace(confusion) - by_chance) / (n - by_chance)) if n > by_chance else 0.0


@of_confusion
def matthews(confusion: FloatArray) -> float:
    """Correlation of target and prediction (MCC, R_K), in [-1, 1]; 0 if either is constant.

    Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient, 2004.

    >>> matthews([0, 0, 1, 1], [0, 0, 1, 0]).__round__(4)
    0.5774
    """
    n, truth, guess = confusion.sum(), confusion.sum(axis=1), confusion.sum(axis=0)
    covariance = np.trace(confusion) * n - truth @ guess
    spread = (n**2 - truth @ truth) * (n**2 - guess @ guess)
    return float(covariance / np.sqrt(spread)) if spread > 0 else 0.0


@of_confusion
def macro_f1(confusion: FloatArray) -> float:
    """Mean F1 over the classes with rows or predictions, in [0, 1].

    >>> macro_f1([0, 0, 0, 1], [0, 0, 0, 0]).__round__(4)
    0.4286
    """
    return float(np.nanmean(f1.from_confusion(confusion)))


@of_confusion
def averages(confusion: FloatArray) -> dict[str, dict[str, float]]:
    """Macro, micro and weighted (by rows of the class) averages of precision, recall and F1.

    The three micro averages equal the accuracy, as every row has one label and one prediction.

    >>> averages([0, 0, 0, 1], [0, 0, 0, 0])["weighted"]["precision"]
    0.5625
    """
    rows = confusion.sum(axis=1)
    seen = rows + confusion.sum(axis=0) > 0
    micro = accuracy.from_confusion(confusion)
    table: dict[str, dict[str, float]] = {"macro": {}, "micro": {}, "weighted": {}}
    for name, metric in {"precision": precision, "recall": recall, "f1": f1}.items():
        values = np.nan_to_num(metric.from_confusion(confusion), nan=0.0)
        table["macro"][name] = float(values[seen].mean())
        table["micro"][name] = micro
        table["weighted"][name] = float(values @ rows / rows.sum())
    return table


def _recalls(confusion: FloatArray) -> FloatArray:
    recalls = recall.from_confusion(confusion)
    return recalls[~np.isnan(recalls)]
