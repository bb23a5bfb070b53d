"""Distillation in the loop: a plain teacher, its prior corrected, teaches a new network."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from steelyard.core.recipe import Step
from steelyard.engine.training.objectives import Batch
from steelyard.engine.training.trained import network_of
from steelyard.kit.stages import balanced_teacher, distillation

if TYPE_CHECKING:
    from steelyard.engine.training.run import Run
    from steelyard.engine.training.trained import TrainedNetwork


class Distilling:
    """Cross-entropy beside the divergence from a balanced teacher.

    The teacher is the same recipe in one stage, trained in the first part of the run (``before``),
    so that both together take the epochs of one.
    """

    def __init__(self, run: "Run") -> None:
        self.run, self.settings = run, run.recipe.stages.params
        self.teacher: nn.Module | None = None

    def ready(self, batch: Batch) -> Batch:
        """Trains the teacher before the first step."""
        if self.teacher is None:
            self.teacher = self._trained()
        return batch

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        if self.teacher is None:
            raise RuntimeError("there is no teacher: 'ready' was not called")
        with torch.no_grad():
            teacher_logits = self.teacher(batch.inputs).float()
        return batch.weight * distillation(
            network(batch.inputs).float(), batch.target,
            balanced_teacher(teacher_logits, self.run.examples.counts),
            share=self.settings["share"], temperature=self.settings["temperature"],
            reduction="none",
        )  # fmt: skip

    def _new(self, n_epochs: int) -> "TrainedNetwork":
        recipe = self.run.recipe
        plain = replace(recipe, stages=Step("one"), optim=recipe.optim.but(epochs=n_epochs))
        shape, n_classes = self.run.trained.shape, self.run.examples.n_classes
        return network_of(plain, shape, n_classes, self.run.random_state + 1)

    def _trained(self) -> nn.Module:
        from steelyard.engine.training.loop import train_on

        n_epochs = self.run.phase.epochs(self.run.n_epochs).start
        trained = train_on(self._new(n_epochs), self.run.examples, self.run.random_state + 1)
        return self._ready(trained.module)

    def _ready(self, teacher: nn.Module) -> nn.Module:
        return self.run.device.place_model(teacher).requires_grad_(False).eval()

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint: the teacher."""
        return {"teacher": self.teacher.state_dict()} if self.teacher else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.teacher = self._ready(self._new(1).module)
        self.teacher.load_state_dict(state["teacher"])
