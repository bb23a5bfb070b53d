"""Samplers by their old names: this kit's where it has one, else imbalanced-learn's."""

from importlib import import_module
from typing import Any

from steelyard.kit import resampling
from steelyard.kit.imbens.borrowed import borrowed

UNDER = (
    "AllKNN",
    "BalanceCascadeUnderSampler",
    "ClusterCentroids",
    "CondensedNearestNeighbour",
    "EditedNearestNeighbours",
    "InstanceHardnessThreshold",
    "NearMiss",
    "NeighbourhoodCleaningRule",
    "OneSidedSelection",
    "RandomUnderSampler",
    "RepeatedEditedNearestNeighbours",
    "SelfPacedUnderSampler",
    "TomekLinks",
)
OVER = ("ADASYN", "BorderlineSMOTE", "KMeansSMOTE", "RandomOverSampler", "SMOTE", "SVMSMOTE")

OWN_ANSWER = ("BalanceCascadeUnderSampler", "SelfPacedUnderSampler")  # hand out more than X and y

__all__ = [*UNDER, *OVER]


def sampler(name: str) -> Any:
    """The class of that name."""
    if name in resampling.SAMPLERS:
        ours = getattr(resampling, name)  # says what to install where it cannot be loaded
        return getattr(import_module(f"{__name__}.hard_rows"), name) if name in OWN_ANSWER else ours
    return borrowed("under_sampling" if name in UNDER else "over_sampling", name, __name__)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return sampler(name)
