"""Distillation in the loop: a plain teacher, its prior corrected, teaches a new network."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from steelyard.core.recipe import Step
from steelyard.engine.training.objectives import Batch, RowLoss
from steelyard.kit.stages import balanced_teacher, distillation

if TYPE_CHECKING:
    from steelyard.engine.training.run import Run


class Distilling:
    """Cross-entropy beside the divergence from a balanced teacher.

    The teacher is the same recipe in one stage, trained in the first part of the run (``before``),
    so that both together take the epochs of one.
    """

    def __init__(self, run: "Run", loss: RowLoss) -> None:
        self.run, self.settings = run, run.recipe.stages.params
        self.teacher: nn.Module | None = None

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        if self.teacher is None:
            self.teacher = self._trained()
        with torch.no_grad():
            teacher_logits = self.teacher(batch.inputs).float()
        return distillation(
            network(batch.inputs).float(), batch.target,
            balanced_teacher(teacher_logits, self.run.examples.counts),
            share=self.settings["share"], temperature=self.settings["temperature"],
            reduction="none",
        )  # fmt: skip

    def _fresh(self) -> nn.Module:
        from steelyard.engine.training.trained import network_of

        plain = replace(self.run.recipe, stages=Step("one"))
        teacher = network_of(
            plain, self.run.trained.shape, self.run.examples.n_classes, self.run.random_state + 1
        )
        return self.run.device.place_model(teacher.module).requires_grad_(False).eval()

    def _trained(self) -> nn.Module:
        from steelyard.engine.training.loop import train_on

        recipe, epochs = self.run.recipe, self.run.n_epochs * self.settings["before"]
        plain = replace(
            recipe, stages=Step("one"), optim=recipe.optim.but(epochs=max(1, round(epochs)))
        )
        trained = train_on(
            plain, self.run.examples, self.run.trained.shape, random_state=self.run.random_state + 1
        )
        return self.run.device.place_model(trained.module).requires_grad_(False).eval()

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint: the teacher."""
        return {"teacher": self.teacher.state_dict()} if self.teacher else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.teacher = self._fresh()
        self.teacher.load_state_dict(state["teacher"])
