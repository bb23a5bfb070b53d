"""Freezing the first blocks of a network, with their batch norms."""

from collections.abc import Iterable
from typing import Any

from torch import nn
from torch.utils.hooks import RemovableHandle

from steelyard.kit.optim.layer_wise_rates import blocks_of

BATCH_NORM = nn.modules.batchnorm._NormBase  # also instance norms, which can keep statistics


class Frozen:
    """What `freeze` froze; ``thaw()`` gives every parameter back the state it had."""

    def __init__(self, was_trained: dict[nn.Parameter, bool], norms: list[nn.Module]) -> None:
        self.was_trained = was_trained
        self.norms = norms
        self._hooks: list[RemovableHandle] = []
        for param in was_trained:
            param.requires_grad_(False)
            # Left over from before, an optimiser would go on applying it.
            param.grad = None
        for norm in norms:
            norm.eval()
            self._hooks.append(norm.register_forward_pre_hook(_stay_in_eval))

    def thaw(self) -> None:
        """Trained again where they were before; batch norms from the next ``train()`` on."""
        for param, trained in self.was_trained.items():
            param.requires_grad_(trained)
        for hook in self._hooks:
            hook.remove()


def freeze(module: nn.Module | Iterable[nn.Module], depth: int) -> Frozen:
    """Freezes the first ``depth`` blocks: their parameters, and their batch norms' statistics.

    ``model.train()`` turns every batch norm back to learning; a frozen one would then go on
    adapting its averages to the new data and normalise by the batch, so that the frozen layers'
    output moves all the same. Here they stay in eval mode whatever is called. Dropout in the
    frozen blocks goes on as it was.

    Parameters
    ----------
    module : blocks from the first layer to the head, or a module whose children these are
    depth : how many of them, from 0 to all

    Returns
    -------
    A handle; ``thaw()`` undoes it. For gradual unfreezing thaw and freeze one block fewer.

    Raises
    ------
    ValueError
        ``depth`` outside 0 to the number of blocks.

    >>> module = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
    >>> frozen = freeze(module, 2)
    >>> [param.requires_grad for param in module.parameters()]
    [False, False, False, False, True, True]
    """
    blocks = blocks_of(module)
    if not 0 <= depth <= len(blocks):
        raise ValueError(f"depth must be 0 to {len(blocks)}, the number of blocks, got {depth}")
    was_trained = {p: p.requires_grad for block in blocks[:depth] for p in block.parameters()}
    norms = [part for block in blocks[:depth] for part in block.modules()]
    return Frozen(was_trained, [part for part in norms if isinstance(part, BATCH_NORM)])


def _stay_in_eval(norm: nn.Module, _: Any) -> None:
    norm.training = False
