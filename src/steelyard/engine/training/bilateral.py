"""BBN in the loop: a branch for the rows as they are, one for the reversed frequencies."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from steelyard.engine.training.objectives import Batch
from steelyard.kit.heads import GlobalAveragePooling
from steelyard.kit.losses.functions import cross_entropy
from steelyard.kit.mixing import bilateral_share
from steelyard.kit.samplers import PowerSampler
from steelyard.kit.stages import BilateralBranchNetwork
from steelyard.models.resnet_cifar import ResNetCifar
from steelyard.models.small_cnn import SmallCNN

if TYPE_CHECKING:
    from steelyard.engine.training.run import Run


def with_branches(network: nn.Module, n_classes: int) -> BilateralBranchNetwork:
    """Two branches from the network's last block on; everything before it is shared.

    Raises ValueError for a network other than the small CNN and the CIFAR ResNets.
    """
    if isinstance(network, ResNetCifar):
        stem = [network.conv, network.bn, nn.ReLU()]
    elif isinstance(network, SmallCNN):
        stem = []
    else:
        raise ValueError(f"{type(network).__name__} has no last block to make two branches of")
    trunk = nn.Sequential(*stem, *network.blocks[:-1])
    branch = nn.Sequential(network.blocks[-1], GlobalAveragePooling())
    return BilateralBranchNetwork(
        trunk, branch, copy.deepcopy(branch), network.n_features, n_classes
    )


class Bilateral:
    """Each batch beside one of the reversed frequencies, mixed by a share that falls.

    Zhou et al., BBN, CVPR 2020, equations 1 and 3; each row's loss has that row's weight.
    """

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.sampler = PowerSampler(
            run.examples.target.numpy(),
            q=-1, random_state=run.random_state + 1, rank=0, world_size=1,
        )  # fmt: skip
        self.epoch = -1
        self._rows: Iterator[int] = iter(())

    def ready(self, batch: Batch) -> Batch:
        """With as many rows of the reversed frequencies beside it."""
        rows = self.run.own(torch.tensor(self._next(batch.size)))
        return replace(batch, partners=self.run.batch(rows, batch.size))

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        other = batch.partners
        if other is None:
            raise RuntimeError("the batch has no partners: 'ready' was not called")
        alpha = bilateral_share(self.run.epoch, self.run.n_epochs)
        logits = network(batch.inputs, other.inputs, alpha).float()
        one, two = (
            part.weight * cross_entropy(logits, part.target, reduction="none")
            for part in (batch, other)
        )
        return alpha * one + (1 - alpha) * two

    def _next(self, n_rows: int) -> list[int]:
        if self.epoch != self.run.epoch:
            self.epoch = self.run.epoch
            self.sampler.set_epoch(self.epoch)
            self._rows = iter(self.sampler)
        return list(islice(self._rows, n_rows))
