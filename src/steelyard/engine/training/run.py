"""One training in the making: what the loop, its phases and its objectives share.

Everything random in an epoch follows from the seed and the epoch's number, so that a run that was
killed and goes on from its checkpoint ends with the same network, bit for bit.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from steelyard.core.recipe import Recipe
from steelyard.engine.augmentation import augment
from steelyard.engine.devices import Device, pick_device
from steelyard.engine.training import freezing, processes
from steelyard.engine.training.checkpoints import write_checkpoint
from steelyard.engine.training.early_stopping import EarlyStopping
from steelyard.engine.training.examples import Examples
from steelyard.engine.training.memory import PartSize, is_out_of_memory
from steelyard.engine.training.objectives import Batch, Objective, mixed
from steelyard.engine.training.optimisers import average_of, optimiser_of, rate_at
from steelyard.engine.training.phases import Phase, segment
from steelyard.engine.training.sampling import batch_size_for, batches, n_batches, sampler_of
from steelyard.engine.training.schemes import objective_of, renew
from steelyard.engine.training.trained import TrainedNetwork, parts_of
from steelyard.kit.losses import class_weights

CURVE_POINTS = 8
Tell = Callable[[str], None]


@dataclass
class Run:
    """One training in the making: what the loop, its phases and its objectives share."""

    recipe: Recipe
    trained: TrainedNetwork
    examples: Examples
    random_state: int
    tell: Tell
    device: Device = field(default_factory=pick_device)
    generator: torch.Generator = field(default_factory=torch.Generator)
    epoch: int = 0

    def __post_init__(self) -> None:
        settings = self.recipe.optim.params
        self.n_epochs = int(settings["epochs"])
        self.batch_size = batch_size_for(len(self.examples), settings.get("batch_size", 0))
        self.parts = PartSize(settings.get("rows_at_once", 0) or self.batch_size, self.tell)
        self.clip = settings.get("clip", 0.0)
        self.module = processes.norms_shared(self.trained.module)
        self.module = self.device.place_model(self.module)
        for part in parts_of(self.module)[: self.recipe.model.params.get("freeze", 0)]:
            freezing.frozen(part)
        self.scaler = torch.amp.GradScaler(
            self.device.kind, enabled=self.device.dtype == torch.float16
        )
        self.early = EarlyStopping.of(settings.get("patience", 0), self.examples, self.random_state)
        self.examples = self.early.training
        self.average = average_of(self.module, settings.get("ema", 0.0))

    @property
    def progress(self) -> float:
        """Share of the run that is done."""
        return self.epoch / self.n_epochs

    def enter(self, phase: Phase, number: int, phases: tuple[Phase, ...]) -> None:
        """Make ready for a phase: what learns, from which rows, by which loss and rate."""
        self.phase, self.span = phase, segment(phases, number)
        if phase.head_only:
            freezing.only_head(self.module)
        renew(self, phase.fresh)
        self.sampler = sampler_of(phase.sampler, self.examples, self.n_epochs, self.random_state)
        self.weight = self.examples.weight
        if phase.class_weight is not None:
            by_class = class_weights(self.examples.counts, phase.class_weight)
            self.weight = self.weight * torch.from_numpy(by_class).float()[self.examples.target]
            self.weight = self.weight / self.weight.mean()
        self.objective: Objective = objective_of(self)
        if number == 0 or phase.fresh:
            self.optimiser = optimiser_of(self.recipe.optim, parts_of(self.module))
        self.wrapped = processes.shared(self.module)

    def state(self) -> dict[str, Any]:
        """All that the epochs to come depend on."""
        return {
            "epoch": self.epoch,
            "module": self.module.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "average": self.average.state_dict() if self.average else None,
            "objective": getattr(self.objective, "state_dict", dict)(),
            "early": self.early.state_dict(),
            "path": self.trained.path,
            "rows_at_once": self.parts.rows,
        }

    def load(self, state: dict[str, Any]) -> None:
        """The inverse of `state`, in the phase in which it was taken."""
        self.epoch, self.parts.rows = state["epoch"], state["rows_at_once"]
        self.module.load_state_dict(state["module"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.scaler.load_state_dict(state["scaler"])
        if self.average:
            self.average.load_state_dict(state["average"])
        if state["objective"]:
            self.objective.load_state_dict(state["objective"])  # type: ignore[attr-defined]
        self.early.load_state_dict(state["early"])
        self.trained.path.update(state["path"])

    # ------------------------------------------------------------------ an epoch
    def run_epoch(self) -> None:
        """See the rows of one epoch once and learn from them."""
        seed = np.random.SeedSequence([self.random_state, self.epoch, processes.rank()])
        self.generator.manual_seed(int(seed.generate_state(1)[0]))
        torch.manual_seed(int(seed.generate_state(2)[1]))  # dropout and its like
        freezing.in_training(self.module)
        self.sampler.set_epoch(self.epoch)
        steps = n_batches(self.sampler, self.batch_size)
        start, end = (share * self.n_epochs for share in self.span)
        for step, rows in enumerate(batches(self.sampler, self.batch_size)):
            share = rate_at(self.recipe.optim, self.epoch + step / steps - start, end - start)
            for group in self.optimiser.param_groups:
                group["lr"] = group.setdefault("highest", group["lr"]) * share
            self.learn(self.batch(rows))
        self.epoch += 1

    def take_stock(self, checkpoint: Path | None) -> None:
        """After an epoch: say so, judge it, remember it, and write it down."""
        self.tell(f"epoch {self.epoch} of {self.n_epochs}")
        self.early.look(self.epoch, self.module, self.trained)
        if self.epoch in {round(e) for e in np.linspace(1, self.n_epochs, CURVE_POINTS)}:
            self.trained.remember(self.epoch)
        if checkpoint and processes.rank() == 0:
            write_checkpoint(checkpoint, self.state())

    def batch(self, rows: Tensor) -> Batch:
        """The rows, augmented, normalised and mixed, on the device."""
        seen = augment(self.examples.rows[rows], self.recipe.augment.name, self.generator)
        inputs = self.trained.normalise(seen)
        one = Batch(inputs, self.examples.target[rows], self.weight[rows])
        one = mixed(self.recipe.augment, one, self.examples.counts, self.generator)
        place = self.device.place_images if inputs.ndim == 4 else self.device.place
        target, weight = map(self.device.place, (one.target, one.weight))
        return Batch(place(one.inputs), target, weight)

    def learn(self, batch: Batch) -> None:
        """One step. In parts where memory asks for it, with the gradient of the whole batch."""
        while True:
            try:
                self.optimiser.zero_grad()
                parts = batch.split(self.parts.rows)
                for part in parts:
                    with self._alone() if part is not parts[-1] else contextlib.nullcontext():
                        with self.device.autocast():
                            each = self.objective(self.wrapped, part)
                        loss = (part.weight * each.float()).sum() / len(batch)
                        self.scaler.scale(loss).backward()
                break
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            self.parts.try_smaller()
        if self.clip:
            self.scaler.unscale_(self.optimiser)
            nn.utils.clip_grad_norm_(self.module.parameters(), self.clip)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        if self.average:
            self.average.update_parameters(self.module)

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        """Gradients stay in this process until the last part of a batch."""
        return getattr(self.wrapped, "no_sync", contextlib.nullcontext)()
