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
        # The mean weight so far: without it a weight-net that weighs all rows by a half would be
        # nothing but half the learning rate. Whole steps count, however they are cut into parts.
        self.level = torch.tensor(0.5)
        self.step = torch.zeros(2)  # sum of the weights of this step, and how many

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
        self._take_level()
        return batch

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        each = self.loss.each(network, batch)
        with torch.no_grad():
            weights = self.weight_net(each)
            self.step += torch.stack([weights.sum().cpu(), torch.tensor(float(len(weights)))])
        return batch.weight * weights / self.level.to(weights.device) * each

    def _take_level(self) -> None:
        step, self.step = self.step, torch.zeros(2)
        if processes.world_size() > 1:
            step = step.to(self.run.device.kind)
            dist.all_reduce(step)
            step = step.cpu()
        if step[1]:
            self.level = torch.lerp(self.level, step[0] / step[1], 0.1).clamp(min=1e-3)

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {
            "weight_net": self.weight_net.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "level": torch.cat([self.level[None], self.step]),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.weight_net.load_state_dict(state["weight_net"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.level, self.step = state["level"][0], state["level"][1:]


def _balanced(run: "Run") -> np.ndarray:
    target, counts = run.examples.target.numpy(), run.examples.counts
    n_each = min(_MOST_TRUSTED, int(counts[counts > 0].min()))
    rng = np.random.default_rng(run.random_state)
    return np.concatenate(
        [rng.permutation(np.flatnonzero(target == k))[:n_each] for k in np.flatnonzero(counts)]
    )
