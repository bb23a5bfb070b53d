"""Printing an evaluation and checks of arguments; plots and schedules that the gallery borrows."""

from typing import Any

from steelyard.kit.imbens.borrowed import borrowed
from steelyard.kit.imbens.utils._evaluate import evaluate_print

BORROWED = (
    "Substitution",
    "check_neighbors_object",
    "check_sampling_strategy",
    "check_target_type",
)

__all__ = ["evaluate_print", *BORROWED]


def __getattr__(name: str) -> Any:
    if name not in BORROWED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return borrowed("utils", name, __name__)
