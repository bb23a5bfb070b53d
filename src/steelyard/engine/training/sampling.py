"""The ``sampler`` slot: in which order the rows are seen, and how many at once."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from steelyard.core.recipe import Step
from steelyard.engine.training.examples import Examples
from steelyard.kit import samplers

SAMPLERS = {
    "class-balanced": samplers.ClassBalancedSampler,
    "square-root": samplers.SquareRootSampler,
    "effective-number": samplers.EffectiveNumberSampler,
    "progressively-balanced": samplers.ProgressivelyBalancedSampler,
    "power": samplers.PowerSampler,
}


def sampler_of(
    step: Step, examples: Examples, n_epochs: int, random_state: int
) -> samplers.SharedOrder[int]:
    """The sampler that ``step`` names. Raises ValueError for an unknown one.

    ``over-sampling`` and its like have already chosen the rows: what is left is to shuffle them.
    """
    if step.name in ("all-rows", "over-sampling", "under-sampling", "smote"):
        return samplers.ShuffledSampler(len(examples), random_state=random_state)
    if step.name not in SAMPLERS:
        raise ValueError(f"no sampler '{step.name}'; there are {', '.join(SAMPLERS)}")
    settings = dict(step.params)
    if step.name == "progressively-balanced":
        settings["n_epochs"] = max(2, n_epochs)
    return SAMPLERS[step.name](examples.target.numpy(), random_state=random_state, **settings)


def batch_size_for(n_rows: int, asked: int = 0) -> int:
    """Rows of a batch: as asked, else 64, fewer where that would be too few steps to learn from.

    >>> [batch_size_for(n) for n in (100, 500, 5000)]
    [16, 31, 64]
    """
    return asked or min(64, max(16, n_rows // 16))


def batches(sampler: samplers.SharedOrder[int], batch_size: int) -> Iterator[Tensor]:
    """This process's rows of the epoch in parts of equal size, ``batch_size`` in all processes.

    Equal, because a last batch of one row would weigh as much as a full one.
    """
    rows = torch.tensor(list(sampler))
    yield from rows.tensor_split(n_batches(sampler, batch_size))


def n_batches(sampler: samplers.SharedOrder[int], batch_size: int) -> int:
    """How many steps an epoch has."""
    return math.ceil(len(sampler) / max(1, batch_size // sampler.world_size))
