"""Training rows drawn anew so that rare classes weigh more: repeated, left out or synthesised."""

from importlib import import_module
from typing import Any

from steelyard.core.errors import UserError
from steelyard.kit.resampling.clean import clean_rows
from steelyard.kit.resampling.random_sampling import random_over_sample, random_under_sample
from steelyard.kit.resampling.smote import smote

# name -> module; they subclass imbalanced-learn's samplers and so load it
SAMPLERS = {
    "ADASYN": "synthetic_rows",
    "AllKNN": "edited_neighbours",
    "BalanceCascadeUnderSampler": "hard_rows",
    "BorderlineSMOTE": "synthetic_rows",
    "EditedNearestNeighbours": "edited_neighbours",
    "NearMiss": "near_miss",
    "NeighbourhoodCleaningRule": "edited_neighbours",
    "OneSidedSelection": "one_sided",
    "RepeatedEditedNearestNeighbours": "edited_neighbours",
    "SMOTE": "synthetic_rows",
    "SMOTENC": "synthetic_rows",
    "SelfPacedUnderSampler": "hard_rows",
    "TomekLinks": "tomek_links",
}

__all__ = ["clean_rows", "random_over_sample", "random_under_sample", "smote", *SAMPLERS]


def __getattr__(name: str) -> Any:
    if name not in SAMPLERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{SAMPLERS[name]}"), name)
    except ImportError as error:
        raise UserError(
            "E176",
            f"{name} needs imbalanced-learn, which is not installed",
            fix='pip install "steelyard[resample]"',
        ) from error
