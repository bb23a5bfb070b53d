"""One training in the making: what the loop, its phases and its objectives share.

Everything random in an epoch follows from the seed and the epoch's number, so that a run that was
killed and goes on from its checkpoint ends with the same network, bit for bit.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from steelyard.core.learners import NETWORKS
from steelyard.engine.augmentation import augment
from steelyard.engine.devices import Device, pick_device
from steelyard.engine.training import freezing, memory, processes, schemes
from steelyard.engine.training.blending import mixed
from steelyard.engine.training.early_stopping import EarlyStopping
from steelyard.engine.training.examples import Examples
from steelyard.engine.training.objectives import Batch, Objective
from steelyard.engine.training.optimisers import average_of, optimiser_of, rate_at
from steelyard.engine.training.phases import phases_of, schedule_of
from steelyard.engine.training.sampling import batch_size_for, batches, sampler_of
from steelyard.engine.training.trained import TrainedNetwork, parts_of

CURVE_POINTS = 8
Tell = Callable[[str], None]


@dataclass
class Run:
    """One training in the making: what the loop, its phases and its objectives share."""

    trained: TrainedNetwork
    examples: Examples
    random_state: int
    tell: Tell
    device: Device = field(default_factory=pick_device)
    generator: torch.Generator = field(default_factory=torch.Generator)
    epoch: int = 0

    def __post_init__(self) -> None:
        self.recipe = self.trained.recipe
        settings = self.recipe.optim.params
        self.n_epochs, self.clip = int(settings["epochs"]), settings.get("clip", 0.0)
        self.phases = phases_of(self.recipe)
        self.early = EarlyStopping.of(settings.get("patience", 0), self.examples, self.random_state)
        self.examples = self.early.training
        self.batch_size = batch_size_for(len(self.examples), settings.get("batch_size", 0))
        self.parts = memory.PartSize(settings.get("rows_at_once", 0) or self.batch_size, self.tell)
        self.module = self.device.place_model(processes.norms_shared(self.trained.module))
        freezing.first_parts(parts_of(self.module), self.recipe.model.params.get("freeze", 0))
        half = self.device.dtype == torch.float16
        self.scaler = torch.amp.GradScaler(self.device.kind, enabled=half)

    def enter(self, number: int) -> None:
        """Make ready for a phase: what learns, from which rows, by which loss and rate."""
        self.number, self.phase = number, self.phases[number]
        self.epoch = self.phase.epochs(self.n_epochs).start
        self.schedule = schedule_of(self.phases, number, self.n_epochs)
        begins = number == 0 or bool(self.phase.fresh)
        turns = begins or self.phase.head_only  # the network that will change is another one
        if number > 0 and turns:
            self.settle()
        self.early.enter(self.epoch, fresh=turns)
        if self.phase.head_only:
            freezing.only_head(self.module)
        schemes.renew(self, self.phase.fresh)
        settings = (self.n_epochs, self.random_state, self.batch_size)
        self.sampler = sampler_of(self.phase.sampler, self.examples, *settings)
        self.weight = self.phase.weights(self.examples)
        self.objective: Objective = schemes.objective_of(self)
        n_steps = len(self.schedule) * -(-len(self.examples) // self.batch_size)
        if begins:
            self.optimiser = optimiser_of(self.recipe.optim, parts_of(self.module), n_steps)
        if turns:
            self.average = average_of(self.module, self.recipe.optim, n_steps)
            ours = self.recipe.model.name in NETWORKS
            self.wrapped = processes.shared(self.module, known=ours)
            self.rewind = memory.Rewind(self.module)

    def settle(self) -> None:
        """The network takes the averaged weights, and those of the best epoch."""
        if self.average:
            self.module.load_state_dict(self.average.module.state_dict())
        self.early.restore(self.module)

    def finish(self) -> TrainedNetwork:
        """The network as it is handed over."""
        self.settle()
        schemes.hand_over(self)
        self.module.requires_grad_(True).eval()
        return self.trained

    def state(self) -> dict[str, Any]:
        """All that the epochs to come depend on."""
        return {
            "epoch": self.epoch,
            "phase": self.number,
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

    def run_epoch(self) -> None:
        """See the rows of one epoch once and learn from them."""
        seed = np.random.SeedSequence([self.random_state, self.epoch, processes.rank()])
        for_images, for_network = seed.generate_state(2).tolist()
        self.generator.manual_seed(for_images)
        torch.manual_seed(for_network)  # dropout and its like
        freezing.in_training(self.module)
        self.sampler.set_epoch(self.epoch)
        start, n_epochs = self.schedule.start, len(self.schedule)
        steps = batches(self.sampler, self.batch_size, processes.world_size())
        for step, rows in enumerate(steps):
            share = rate_at(self.recipe.optim, self.epoch + step / len(steps) - start, n_epochs)
            for group in self.optimiser.param_groups:
                group["lr"] = group.setdefault("highest", group["lr"]) * share
            self.learn(self.batch(self.own(rows), len(rows)))
        self.epoch += 1

    def take_stock(self, write: Callable[[dict[str, Any]], None]) -> None:
        """After an epoch: say so, judge it, remember it, and write it down."""
        self.tell(f"epoch {self.epoch} of {self.n_epochs}")
        judged = self.average.module if self.average else self.module
        self.early.look(self.epoch, replace(self.trained, module=judged))
        if self.epoch in {round(e) for e in np.linspace(1, self.n_epochs, CURVE_POINTS)}:
            self.trained.remember(self.epoch, schemes.shown(self.recipe, judged))
        write(self.state())

    def own(self, rows: Tensor) -> Tensor:
        """This process's share of the rows of a step."""
        return rows[processes.rank() :: processes.world_size()]

    def batch(self, rows: Tensor, size: int, *, mix: bool = True) -> Batch:
        """The rows, augmented, normalised and mixed, on the device; ``size`` in all processes."""
        one = self._plain(rows, size)
        if mix:
            again = partial(self._plain, size=size)
            one = mixed(self.recipe.augment, one, self.examples, self.generator, again)
        place = self.device.place_images if one.inputs.ndim == 4 else self.device.place
        target, weight = map(self.device.place, (one.target, one.weight))
        return Batch(place(one.inputs), target, weight, size)

    def _plain(self, rows: Tensor, size: int) -> Batch:
        seen, how = self.examples.rows[rows], self.recipe.augment.name
        if seen.ndim == 4 or how != "none":
            seen = augment(seen, how, self.generator)
        inputs = self.trained.normalise(seen)
        return Batch(inputs, self.examples.target[rows], self.weight[rows], size)

    def learn(self, batch: Batch) -> None:
        """One step. In parts where memory asks for it, with the gradient of the whole batch."""
        batch = self.objective.ready(batch)
        memory.fitting(lambda: self.gather_gradient(batch), self.parts, self.rewind)
        if self.clip:
            self.scaler.unscale_(self.optimiser)
            nn.utils.clip_grad_norm_(self.module.parameters(), self.clip)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        if self.average:
            self.average.update_parameters(self.module)

    def gather_gradient(self, batch: Batch) -> None:
        """The gradient of the mean over the rows of all processes, in as many parts in each."""
        self.optimiser.zero_grad()
        n_processes = processes.world_size()
        parts = batch.split(self.parts.n_parts(-(-batch.size // n_processes)))
        for part in parts:
            with self._alone() if part is not parts[-1] else contextlib.nullcontext():
                with self.device.autocast():
                    losses = self.objective(self.wrapped, part)
                # The processes' gradients are averaged, not added.
                self.scaler.scale(losses.float().sum() * (n_processes / batch.size)).backward()

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        """Gradients stay in this process until the last part of a batch."""
        return getattr(self.wrapped, "no_sync", contextlib.nullcontext)()
