"""Metrics of decisions, probabilities and order: arrays in, numbers out, scikit-learn's values.

``target (N,)`` are class numbers 0..K-1, ``predicted (N,)`` likewise, ``proba (N, K)``. A metric of
decisions is called with labels or with the confusion matrix::

    recall(target, predicted)         recall.from_confusion(matrix)
"""

from steelyard.kit.metrics.calibration import (
    ReliabilityCurve,
    calibration_error,
    reliability_curve,
)
from steelyard.kit.metrics.confusion import ConfusionMetric, confusion_matrix
from steelyard.kit.metrics.flip_counts import Flips, flips
from steelyard.kit.metrics.goals import GOALS, Goal, goal_named, score
from steelyard.kit.metrics.in_use import under_prior
from steelyard.kit.metrics.overall import (
    accuracy,
    averages,
    balanced_accuracy,
    cohen_kappa,
    geometric_mean,
    macro_f1,
    matthews,
    worst_class,
)
from steelyard.kit.metrics.per_class import f1, precision, recall, specificity
from steelyard.kit.metrics.probabilities import brier, log_loss, top_k_accuracy
from steelyard.kit.metrics.ranking import (
    RankingSummary,
    average_precision,
    ranking_summary,
    roc_auc,
)
from steelyard.kit.metrics.sentences import class_sentence
from steelyard.kit.metrics.summary import ClassificationSummary, classification_summary

__all__ = [
    "GOALS",
    "ClassificationSummary",
    "ConfusionMetric",
    "Flips",
    "Goal",
    "RankingSummary",
    "ReliabilityCurve",
    "accuracy",
    "average_precision",
    "averages",
    "balanced_accuracy",
    "brier",
    "calibration_error",
    "class_sentence",
    "classification_summary",
    "cohen_kappa",
    "confusion_matrix",
    "f1",
    "flips",
    "geometric_mean",
    "goal_named",
    "log_loss",
    "macro_f1",
    "matthews",
    "precision",
    "ranking_summary",
    "recall",
    "reliability_curve",
    "roc_auc",
    "score",
    "specificity",
    "top_k_accuracy",
    "under_prior",
    "worst_class",
]
