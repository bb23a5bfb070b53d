"""LAMB: Adam whose step each layer has in proportion to its weights' length."""

import math
from collections.abc import Callable

import torch
from torch.optim.optimizer import ParamsT

from steelyard.kit.optim.float32_state import (
    Float32State,
    at_least_float32,
    check_betas,
    check_rates,
    norms,
    ratios_or_one,
)


class LAMB(Float32State):
    """Layer-wise adaptive moments, for large batches.

    You et al., Large Batch Optimization for Deep Learning, ICLR 2020, algorithm 2. For each
    parameter tensor w with gradient g, in its step t::

        m, v   = beta1 m + (1 - beta1) g,  beta2 v + (1 - beta2) g^2
        r      = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)
        update = r + weight_decay * w
        w      = w - lr * clamp(|w|) / |update| * update

    Published code often leaves out the bias correction or clips the gradients first; the algorithm
    does neither. Where w or the update is 0 the ratio is 1, else w could never leave 0.

    Parameters
    ----------
    params : tensors or groups. Biases and norms go into a group with ``trust=False``:
        ``parameter_groups(module, weight_decay, trust=False)``
    lr : the global rate
    betas : each in [0, 1)
    eps : at least 0
    weight_decay : decoupled, as in AdamW
    clamp : least and greatest value of the paper's phi(|w|); the default leaves |w| as it is
    trust : False makes the ratio 1, which is AdamW

    Raises
    ------
    ValueError
        A setting outside its range; on ``step`` a sparse gradient.

    >>> w = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> w.grad = torch.tensor([1.0, 1.0])
    >>> LAMB([w], lr=0.1 * 2**0.5, weight_decay=0.0).step()
    >>> w.data  # a step of the length 5 * lr, even in both
    tensor([2.5000, 3.5000])
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.01,
        clamp: tuple[float, float] = (0.0, math.inf),
        trust: bool = True,
    ) -> None:
        check_rates(lr, weight_decay)
        check_betas(betas, eps)
        if not 0 <= clamp[0] <= clamp[1]:
            raise ValueError(f"clamp must be (least, greatest) with 0 <= least, got {clamp}")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "clamp": clamp,
            "trust": trust,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step; returns what the closure returns."""
        with torch.enable_grad():
            loss = None if closure is None else closure()
        for group in self.param_groups:
            params, grads, (mean, square) = self.gathered(group, "mean", "square")
            if not params:
                continue
            steps = self.count_steps(params)
            beta1, beta2 = group["betas"]
            torch._foreach_lerp_(mean, grads, 1 - beta1)
            torch._foreach_mul_(square, beta2)
            torch._foreach_addcmul_(square, grads, grads, 1 - beta2)

            below = list(torch._foreach_div(square, [1 - beta2**t for t in steps]))
            torch._foreach_sqrt_(below)
            torch._foreach_add_(below, group["eps"])
            update = list(torch._foreach_div(mean, [1 - beta1**t for t in steps]))
            torch._foreach_div_(update, below)

            weights = [at_least_float32(param) for param in params]
            torch._foreach_add_(update, weights, alpha=group["weight_decay"])
            if group["trust"]:
                lengths = [length.clamp(*group["clamp"]) for length in norms(weights)]
                torch._foreach_mul_(update, ratios_or_one(lengths, norms(update)))
            torch._foreach_add_(params, update, alpha=-float(group["lr"]))
        return loss
