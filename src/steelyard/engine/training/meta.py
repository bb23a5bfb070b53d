"""Meta-Weight-Net in the loop: row weights learnt along the way from a few balanced rows."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from steelyard.engine.training import processes
from steelyard.engine.training.objectives import Batch, RowLoss
from steelyard.kit.stages import MetaWeightNet, meta_step

if TYPE_CHECKING:
    from steelyard.engine.training.run import Run

_MOST_TRUSTED = 10  # rows of a class


class Meta:
    """Losses a row, weighed by a small network that a balanced set of training rows teaches.

    The balanced set is the same number of rows of every class, at most 10 each, taken from the
    training rows; they stay in the training too. Its virtual step moves the head alone.
    """

    def __init__(self, run: "Run", loss: RowLoss) -> None:
        if loss.step.name == "influence-balanced":
            raise ValueError(
                "the stages 'meta-weight-net' cannot use the loss 'influence-balanced'"
            )
        self.run, self.loss = run, loss
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(run.random_state)
            self.weight_net = MetaWeightNet(run.recipe.stages.params.get("hidden", 100))
        self.weight_net.to(run.device.kind)
        self.optimiser = torch.optim.Adam(self.weight_net.parameters(), 1e-3, weight_decay=1e-4)
        self.trusted = torch.from_numpy(_balanced(run))

    def ready(self, batch: Batch) -> Batch:
        """Lets the weight-net learn from what the batch would do to the trusted rows."""
        trusted = self.run.batch(self.trusted, len(self.trusted), mix=False)
        rate = self.run.optimiser.param_groups[-1]["lr"]
        with torch.autocast(self.run.device.kind, enabled=False):
            meta_step(
                self.run.module, self.weight_net, batch.inputs, batch.target,
                trusted.inputs, trusted.target,
                loss=self.loss.function, learning_rate=max(rate, 1e-4), only=["head"],
            )  # fmt: skip
        for parameter in self.weight_net.parameters():
            if processes.world_size() > 1 and parameter.grad is not None:
                dist.all_reduce(parameter.grad)
                parameter.grad /= processes.world_size()
        self.optimiser.step()
        return batch

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        each = self.loss.each(network, batch)
        with torch.no_grad():
            weights = self.weight_net(each)
        return batch.weight * weights * each

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {
            "weight_net": self.weight_net.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.weight_net.load_state_dict(state["weight_net"])
        self.optimiser.load_state_dict(state["optimiser"])


def _balanced(run: "Run") -> np.ndarray:
    target, counts = run.examples.target.numpy(), run.examples.counts
    n_each = min(_MOST_TRUSTED, int(counts[counts > 0].min()))
    rng = np.random.default_rng(run.random_state)
    return np.concatenate(
        [rng.permutation(np.flatnonzero(target == k))[:n_each] for k in np.flatnonzero(counts)]
    )
