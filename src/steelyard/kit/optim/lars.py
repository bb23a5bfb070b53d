"""LARS: SGD with momentum whose rate each layer has in proportion to its weights' length."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from steelyard.kit.optim.float32_state import (
    Float32State,
    at_least_float32,
    check_rates,
    norms,
    ratios_or_one,
)


class LARS(Float32State):
    """Layer-wise adaptive rate scaling, for large batches.

    You, Gitman and Ginsburg, Large Batch Training of Convolutional Networks, 2017, section 4 and
    algorithm 1. For each parameter tensor w with gradient g::

        rate     = trust_coefficient * |w| / (|g| + weight_decay * |w|)
        velocity = momentum * velocity + lr * rate * (g + weight_decay * w)
        w        = w - velocity

    lr is inside the velocity, as in the paper: after a drop the old velocity runs out at the old
    rate. `torch.optim.SGD` has it outside; with a constant lr and ``trust=False`` both are alike.
    Where w or the denominator is 0, so that w could never leave it, the rate is 1.

    Parameters
    ----------
    params : tensors or groups. Biases and norms go into a group with ``trust=False``:
        ``parameter_groups(module, weight_decay, trust=False)``
    lr : the global rate, for ``trust=True`` often above 1
    momentum : in [0, 1)
    weight_decay : of the L2 penalty
    trust_coefficient : above 0; how far a layer may move in a step, as a share of its length
    trust : False makes the rate 1

    Raises
    ------
    ValueError
        A setting outside its range; on ``step`` a sparse gradient.

    >>> w = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> w.grad = torch.tensor([0.0, 100.0])
    >>> LARS([w], lr=1.0, trust_coefficient=0.1).step()
    >>> w.data  # a tenth of its length 5
    tensor([3.0000, 3.5000])
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float,
        *,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        trust_coefficient: float = 0.001,
        trust: bool = True,
    ) -> None:
        check_rates(lr, weight_decay)
        if not 0 <= momentum < 1 or not trust_coefficient > 0:
            raise ValueError(
                f"momentum must be in [0, 1) and trust_coefficient above 0, got {momentum} and "
                f"{trust_coefficient}"
            )
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "trust_coefficient": trust_coefficient,
            "trust": trust,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step; returns what the closure returns."""
        with torch.enable_grad():
            loss = None if closure is None else closure()
        for group in self.param_groups:
            params, grads, (velocity,) = self.gathered(group, "velocity")
            if not params:
                continue
            weights = [at_least_float32(param) for param in params]
            decay = group["weight_decay"]
            update = list(torch._foreach_add(grads, weights, alpha=decay))
            if group["trust"]:
                rates = layer_rates(weights, grads, decay, group["trust_coefficient"])
                torch._foreach_mul_(update, rates)
            torch._foreach_mul_(velocity, group["momentum"])
            torch._foreach_add_(velocity, update, alpha=float(group["lr"]))
            torch._foreach_sub_(params, velocity)
        return loss


def layer_rates(
    weights: list[Tensor], grads: list[Tensor], weight_decay: float, trust_coefficient: float
) -> list[Tensor]:
    """``trust_coefficient |w| / (|g| + weight_decay |w|)`` of each tensor."""
    lengths, slopes = norms(weights), norms(grads)
    below = [g + weight_decay * w for g, w in zip(slopes, lengths, strict=True)]
    return ratios_or_one([trust_coefficient * w for w in lengths], below)
