"""Samplers by their old names: this kit's where it has one, else imbalanced-learn's."""

from typing import Any

from steelyard.kit import resampling
from steelyard.kit.imbens.borrowed import borrowed

UNDER = (
    "AllKNN",
    "ClusterCentroids",
    "CondensedNearestNeighbour",
    "EditedNearestNeighbours",
    "InstanceHardnessThreshold",
    "NearMiss",
    "NeighbourhoodCleaningRule",
    "OneSidedSelection",
    "RandomUnderSampler",
    "RepeatedEditedNearestNeighbours",
    "TomekLinks",
)
OVER = ("ADASYN", "BorderlineSMOTE", "KMeansSMOTE", "RandomOverSampler", "SMOTE", "SVMSMOTE")

__all__ = [*UNDER, *OVER]


def sampler(name: str) -> Any:
    """The class of that name."""
    if name in resampling.SAMPLERS:
        return getattr(resampling, name)
    return borrowed("under_sampling" if name in UNDER else "over_sampling", name, __name__)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return sampler(name)
