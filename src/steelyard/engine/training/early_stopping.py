"""Early stopping: a tenth of the training rows is held back and says when to end."""

import copy
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from steelyard.engine.training import processes
from steelyard.engine.training.examples import Examples

_HELD_BACK = 0.1


class _Network(Protocol):
    @property
    def module(self) -> nn.Module: ...

    def logits(self, rows: Tensor) -> Tensor: ...


@dataclass
class EarlyStopping:
    """Ends a phase when the loss of the rows held back has not fallen for ``patience`` epochs.

    The loss is the mean over classes of the classes' mean log losses: the rare ones count. The
    network goes back to the epoch with the lowest. ``patience`` 0 holds nothing back and never
    stops.
    """

    patience: int
    training: Examples
    held: Examples | None = None
    lowest: float = float("inf")
    at: int = 0
    stops: bool = False
    best: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, patience: int, examples: Examples, random_state: int) -> "EarlyStopping":
        """Hold back a tenth of each class, rounded down, so that no class is lost to it."""
        if not patience:
            return cls(0, examples)
        rng = np.random.default_rng(random_state)
        target = examples.target.numpy()
        held = np.concatenate(
            [
                rng.permutation(rows)[: int(_HELD_BACK * len(rows))]
                for rows in (np.flatnonzero(target == k) for k in range(examples.n_classes))
            ]
        )
        if not len(held):
            return cls(0, examples)
        rest = np.setdiff1d(np.arange(len(target)), held)
        return cls(patience, examples.part(rest), examples.part(held))

    def enter(self, epoch: int, *, fresh: bool) -> None:
        """A phase begins: patience counts anew, and of a ``fresh`` head there is no best yet."""
        self.at, self.stops = epoch, False
        if fresh:
            self.lowest, self.best = float("inf"), {}

    def look(self, epoch: int, network: _Network) -> None:
        """Judge the network after ``epoch``."""
        if self.held is None:
            return
        loss = processes.agreed(self._loss(self.held, network))
        if loss < self.lowest:
            self.lowest, self.at = loss, epoch
            self.best = copy.deepcopy(network.module.state_dict())
        self.stops = epoch - self.at >= self.patience

    @staticmethod
    def _loss(held: Examples, network: _Network) -> float:
        each = nn.functional.cross_entropy(network.logits(held.rows), held.target, reduction="none")
        by_class = [each[held.target == k] for k in held.target.unique()]
        return float(torch.stack([one.mean() for one in by_class]).mean())

    def restore(self, module: nn.Module) -> None:
        """Bring back the best epoch."""
        if self.best:
            module.load_state_dict(self.best)

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"lowest": self.lowest, "at": self.at, "stops": self.stops, "best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.lowest, self.at = state["lowest"], state["at"]
        self.stops, self.best = state["stops"], state["best"]
