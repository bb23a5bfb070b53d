"""BBN in the loop: a branch for the rows as they are, one for the reversed frequencies."""

import copy
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from steelyard.engine.training.objectives import Batch, RowLoss
from steelyard.kit.heads import GlobalAveragePooling
from steelyard.kit.mixing import bilateral_share
from steelyard.kit.samplers import PowerSampler
from steelyard.kit.stages import BilateralBranchNetwork, bilateral_loss
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
    """Each batch beside one of the reversed frequencies, mixed by a share that falls."""

    def __init__(self, run: "Run", loss: RowLoss) -> None:
        self.run = run
        self.sampler = PowerSampler(
            run.examples.target.numpy(), q=-1, random_state=run.random_state + 1
        )
        self.epoch = -1
        self._rows: Iterator[int] = iter(())

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        reversed_batch = self.run.batch(torch.tensor(self._next(len(batch))))
        alpha = bilateral_share(self.run.epoch, self.run.n_epochs)
        logits = network(batch.inputs, reversed_batch.inputs, alpha).float()
        return bilateral_loss(logits, batch.target, reversed_batch.target, alpha, reduction="none")

    def _next(self, n_rows: int) -> list[int]:
        if self.epoch != self.run.epoch:
            self.epoch = self.run.epoch
            self.sampler.set_epoch(self.epoch)
            self._rows = iter(self.sampler)
        rows = list(islice(self._rows, n_rows))
        while len(rows) < n_rows:
            self._rows = iter(self.sampler)
            rows += islice(self._rows, n_rows - len(rows))
        return rows
