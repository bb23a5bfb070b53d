"""Everything the confusion matrix tells, in one call."""

from dataclasses import dataclass

from steelyard.kit.metrics import overall, per_class
from steelyard.kit.metrics.arrays import FloatArray
from steelyard.kit.metrics.confusion import of_confusion


@dataclass(frozen=True, eq=False)
class ClassificationSummary:
    """What :func:`classification_summary` measured; per-class fields are ``(K,)``, NaN is 0/0."""

    confusion: FloatArray
    support: FloatArray
    predicted: FloatArray
    recall: FloatArray
    precision: FloatArray
    f1: FloatArray
    specificity: FloatArray
    accuracy: float
    balanced_accuracy: float
    worst_class: float
    geometric_mean: float
    cohen_kappa: float
    matthews: float
    averages: dict[str, dict[str, float]]


@of_confusion
def classification_summary(confusion: FloatArray) -> ClassificationSummary:
    """All metrics of decisions at once: one pass over the rows, then formulas on ``(K, K)``.

    Called with ``(target, predicted, n_classes)``, or ``.from_confusion(matrix)``. ``support`` and
    ``predicted`` count the rows and the predictions of each class.

    >>> summary = classification_summary([0, 0, 0, 1], [0, 0, 0, 0])
    >>> summary.accuracy, summary.balanced_accuracy, summary.averages["micro"]["f1"]
    (0.75, 0.5, 0.75)
    """
    return ClassificationSummary(
        confusion=confusion,
        support=confusion.sum(axis=1),
        predicted=confusion.sum(axis=0),
        recall=per_class.recall.from_confusion(confusion),
        precision=per_class.precision.from_confusion(confusion),
        f1=per_class.f1.from_confusion(confusion),
        specificity=per_class.specificity.from_confusion(confusion),
        accuracy=overall.accuracy.from_confusion(confusion),
        balanced_accuracy=overall.balanced_accuracy.from_confusion(confusion),
        worst_class=overall.worst_class.from_confusion(confusion),
        geometric_mean=overall.geometric_mean.from_confusion(confusion),
        cohen_kappa=overall.cohen_kappa.from_confusion(confusion),
        matthews=overall.matthews.from_confusion(confusion),
        averages=overall.averages.from_confusion(confusion),
    )
