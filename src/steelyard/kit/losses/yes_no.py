"""The loss of K yes-or-no questions, one element each, and its slope in one go."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function


def absent(logits: Tensor, gamma: float = 0.0) -> Tensor:
    """``-p^gamma log(1 - p)`` with p the sigmoid: what a class that is absent costs.

    One that is present costs ``absent(-logits, gamma)``. With gamma = 0 it is the softplus.
    """
    loss: Tensor = _Absent.apply(logits, gamma)  # type: ignore[no-untyped-call]
    return loss


class _Absent(Function):
    """Autograd would keep and read again five arrays of the size of the logits; this keeps two."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, gamma: float) -> Tensor:
        loss, slope = _loss_and_slope(z, gamma)
        ctx.save_for_backward(z, slope)
        ctx.gamma = gamma
        return loss

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor, None]:
        z, slope = ctx.saved_tensors
        if torch.is_grad_enabled():  # a gradient of the gradient is asked for
            slope = _loss_and_slope(z, ctx.gamma)[1]
        return above[0] * slope, None


def _loss_and_slope(z: Tensor, gamma: float) -> tuple[Tensor, Tensor]:
    """``p^gamma u`` and ``p^gamma (gamma (1 - p) u + p)``, where ``u = -log(1 - p)``."""
    # The smaller of p and 1 - p is exact to every digit; so is all that comes from it.
    small = torch.sigmoid(-z.abs())
    u = z.clamp_min(0) - torch.log1p(-small)
    p = torch.where(z < 0, small, 1 - small)
    if gamma == 0:
        return u, p
    focus = p if gamma == 1 else p**gamma
    return focus * u, focus * (gamma * (1 - p) * u + p)
