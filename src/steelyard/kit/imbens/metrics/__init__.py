"""The metrics of imbalanced-ensemble, all of which imbalanced-learn keeps."""

from typing import Any

from steelyard.kit.imbens.borrowed import borrowed

__all__ = [
    "ValueDifferenceMetric",
    "classification_report_imbalanced",
    "geometric_mean_score",
    "macro_averaged_mean_absolute_error",
    "make_index_balanced_accuracy",
    "sensitivity_score",
    "sensitivity_specificity_support",
    "specificity_score",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = "metrics.pairwise" if name == "ValueDifferenceMetric" else "metrics"
    return borrowed(room, name, __name__)
