"""Samplers for imbalanced data, the same under one process and under many; they need torch."""

from steelyard.kit.samplers.by_class import (
    ClassBalancedSampler,
    ClassSampler,
    EffectiveNumberSampler,
    PowerSampler,
    ProgressivelyBalancedSampler,
    SquareRootSampler,
)
from steelyard.kit.samplers.by_row import ShuffledSampler, WeightedSampler
from steelyard.kit.samplers.probabilities import (
    effective_number_probabilities,
    power_probabilities,
    progressively_balanced_probabilities,
)
from steelyard.kit.samplers.rare_class_guard import RareClassGuard
from steelyard.kit.samplers.rows_per_class import RowsPerClassBatchSampler
from steelyard.kit.samplers.shared_order import SharedOrder

__all__ = [
    "ClassBalancedSampler",
    "ClassSampler",
    "EffectiveNumberSampler",
    "PowerSampler",
    "ProgressivelyBalancedSampler",
    "RareClassGuard",
    "RowsPerClassBatchSampler",
    "SharedOrder",
    "ShuffledSampler",
    "SquareRootSampler",
    "WeightedSampler",
    "effective_number_probabilities",
    "power_probabilities",
    "progressively_balanced_probabilities",
]
