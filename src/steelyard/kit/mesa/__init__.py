"""MESA: a reinforcement-learning agent chooses which frequent rows each next member sees.

Liu et al., MESA: Boost Ensemble Imbalanced Learning with MEta-SAmpler, NeurIPS 2020. Beside it
stands the control that decides its worth, a grid over one constant action. Only `MetaSampler`
loads torch, when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from steelyard.kit.mesa.classifier import MESAClassifier
from steelyard.kit.mesa.constant_action import ConstantAction, grid_over_constant_action

if TYPE_CHECKING:
    from steelyard.kit.mesa.meta_sampler import MetaSampler

__all__ = ["ConstantAction", "MESAClassifier", "MetaSampler", "grid_over_constant_action"]


def __getattr__(name: str) -> Any:
    if name != "MetaSampler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.meta_sampler").MetaSampler
