"""The ``sampler`` slot: in which order the rows are seen, and how many at once."""

import math
from typing import Any

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
    step: Step, examples: Examples, n_epochs: int, random_state: int, batch_size: int = 64
) -> samplers.SharedOrder[Any]:
    """The sampler that ``step`` names, of the rows of all processes. ValueError for an unknown one.

    ``over-sampling`` and its like have already chosen the rows: what is left is to shuffle them.
    ``rare-class-guard`` and ``rows-per-class`` deal whole batches of ``batch_size`` rows.
    """
    whole: Any = {"random_state": random_state, "rank": 0, "world_size": 1}
    if step.name in ("all-rows", "over-sampling", "under-sampling", "smote"):
        return samplers.ShuffledSampler(len(examples), **whole)
    target, settings = examples.target.numpy(), dict(step.params)
    present = int((examples.counts > 0).sum())
    if step.name == "rare-class-guard":
        shuffled = samplers.ShuffledSampler(len(examples), **whole)
        return samplers.RareClassGuard(shuffled, target, max(batch_size, present), **whole)
    if step.name == "rows-per-class":
        each = max(1, batch_size // present)
        return samplers.RowsPerClassBatchSampler(target, each, **whole)
    if step.name not in SAMPLERS:
        known = ("all-rows", "rare-class-guard", "rows-per-class", *SAMPLERS)
        raise ValueError(f"no sampler '{step.name}'; there are {', '.join(known)}")
    if step.name == "progressively-balanced":
        settings["n_epochs"] = max(2, n_epochs)
    return SAMPLERS[step.name](target, **whole, **settings)


def batch_size_for(n_rows: int, asked: int = 0) -> int:
    """Rows of a batch: as asked, else 64, fewer where that would be too few steps to learn from.

    >>> [batch_size_for(n) for n in (100, 500, 5000)]
    [16, 31, 64]
    """
    return min(n_rows, asked or min(64, max(16, n_rows // 16)))


def batches(
    sampler: samplers.SharedOrder[Any], batch_size: int, n_processes: int = 1
) -> list[Tensor]:
    """The rows of the epoch in parts of equal size, at most ``batch_size`` in all processes.

    A sampler of whole batches has cut them already.

    Equal, because a last batch of one row would weigh as much as a full one. The parts are the same
    however many processes share each of them, as long as there is a row for every one.

    Raises
    ------
    ValueError
        Fewer rows than processes.

    >>> [len(rows) for rows in batches(samplers.ShuffledSampler(10), 4)]
    [4, 3, 3]
    """
    rows = torch.tensor(list(sampler))
    if rows.ndim == 2:
        return list(rows)
    if len(rows) < n_processes:
        raise ValueError(f"{len(rows)} rows cannot be shared by {n_processes} processes")
    n_parts = min(math.ceil(len(rows) / batch_size), len(rows) // n_processes)
    return list(rows.tensor_split(n_parts))
