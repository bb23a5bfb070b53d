"""The random mask that all dropping here multiplies by; its mean is 1."""

from collections.abc import Sequence

import torch
from torch import Tensor


def keep_mask(
    shape: Sequence[int], p: float, like: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """0 with probability p, else ``1 / (1 - p)``; all 0 for p = 1. On the device of ``like``.

    >>> keep_mask((2, 2), 0.0, torch.ones(1))
    tensor([[1., 1.],
            [1., 1.]])
    """
    mask = torch.empty(tuple(shape), dtype=like.dtype, device=like.device)
    mask.bernoulli_(1 - p, generator=generator)
    return mask.div_(1 - p) if p < 1 else mask


def expect_probability(p: float) -> float:
    """``p``; ValueError where it is no probability."""
    if not 0 <= p <= 1:
        raise ValueError(f"p must be a probability to drop, in [0, 1], got {p}")
    return p
