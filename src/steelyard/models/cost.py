"""What a network costs: parameters and floating-point operations."""

import copy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def count_parameters(module: nn.Module, *, trainable: bool = False) -> int:
    """How many numbers the module holds; with ``trainable`` only those a training would change.

    >>> count_parameters(nn.Linear(3, 2))
    8
    """
    return sum(p.numel() for p in module.parameters() if p.requires_grad or not trainable)


def count_flops(module: nn.Module, shape: tuple[int, ...]) -> int:
    """Floating-point operations of one forward pass on an input of this shape.

    A multiplication and an addition are two. Counted on a *meta* copy, which costs no arithmetic
    and sees attention (a CPU copy hides it).

    >>> count_flops(nn.Linear(3, 2, bias=False), (5, 3))
    60
    """
    hollow = copy.deepcopy(module).to("meta").eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        hollow(torch.empty(shape, device="meta"))
    return int(counter.get_total_flops())
