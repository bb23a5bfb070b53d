"""Slopes of many heads' losses in their logits: cross-entropy written out, others by autograd."""

from collections.abc import Callable

import torch
from torch import Tensor

from steelyard.core.recipe import Step
from steelyard.kit import losses

Slope = Callable[[Tensor, Tensor, Tensor], Tensor]


def slope_of(loss: Step, counts: Tensor) -> Slope:
    """The slope of a loss: logits (B, M, K), target (B,), share (B, M) -> (B, M, K).

    ``share`` is each row's part in each head's mean; ``counts`` (M, K) what each head's rows of a
    class weigh. Raises ValueError for a loss that is not in `steelyard.kit.losses`.
    """
    if loss.name == "cross-entropy":
        return cross_entropy_slope
    name = loss.name.replace("-", "_")
    if name not in losses.FUNCTIONS:
        raise ValueError(f"no loss '{loss.name}'; there are {', '.join(losses.FUNCTIONS)}")
    function = getattr(losses, name)
    by_head = counts.cpu().numpy()

    def slope(out: Tensor, target: Tensor, share: Tensor) -> Tensor:
        with torch.enable_grad():
            leaf = out.detach().requires_grad_(True)
            each = torch.stack(
                [
                    function(leaf[:, m], target, counts=one, reduction="none", **loss.params)
                    for m, one in enumerate(by_head)
                ],
                dim=1,
            )
            return torch.autograd.grad((share * each).sum(), leaf)[0]

    return slope


def cross_entropy_slope(out: Tensor, target: Tensor, share: Tensor) -> Tensor:
    """softmax(out) - one-hot, each row by its share; thrice autograd's speed. Changes ``out``."""
    # torch.softmax is four times slower over so short a last axis.
    slope = (out - out.amax(2, keepdim=True)).exp_()
    slope /= slope.sum(2, keepdim=True)
    slope.scatter_add_(
        2, target[:, None, None].expand(-1, out.shape[1], 1), -torch.ones_like(out[..., :1])
    )
    slope *= share.unsqueeze(2)
    return slope
