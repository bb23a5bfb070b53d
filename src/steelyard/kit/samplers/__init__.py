"""Samplers for imbalanced data, the same under one process and under many; they need torch.

    sampler = ClassBalancedSampler(target)      # finds its rank where torch.distributed runs
    loader = DataLoader(dataset, batch_size=128, sampler=sampler)
    for epoch in range(sampler.epoch, n_epochs):
        sampler.set_epoch(epoch)                # without it all epochs are the same
        train(loader)                           # in between: sampler.state_dict()

The batch samplers go into ``DataLoader(dataset, batch_sampler=...)``.
"""

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
