"""What a step minimises: the ``loss`` slot on a batch, after the mixing of the ``augment`` slot."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from steelyard.core.recipe import Step
from steelyard.engine.training.freezing import head_of
from steelyard.kit import losses, mixing


@dataclass(frozen=True)
class Batch:
    """What one step sees: ``inputs`` (B, ...) on the device, ``target`` (B,) or (B, K), and
    ``weight`` (B,) that each row's loss is multiplied by."""

    inputs: Tensor
    target: Tensor
    weight: Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    def split(self, size: int) -> list["Batch"]:
        """In parts of at most ``size`` rows."""
        columns = (self.inputs, self.target, self.weight)
        return [Batch(*part) for part in zip(*(column.split(size) for column in columns))]


class Objective(Protocol):
    """One loss a row; some need more than the network's answer to the batch."""

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        """(B,) losses, not weighed."""


@dataclass
class RowLoss:
    """A loss of `steelyard.kit.losses` by name; ``network`` may be wrapped for many processes."""

    step: Step
    counts: NDArray[np.int64]
    inner: nn.Module = field(repr=False)
    function: Callable[..., Tensor] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        name = self.step.name.replace("-", "_")
        if name not in losses.FUNCTIONS:
            known = ", ".join(one.replace("_", "-") for one in losses.FUNCTIONS)
            raise ValueError(f"no loss '{self.step.name}'; there are {known}")
        self.function = getattr(losses, name)

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        settings: dict[str, Any] = {**self.step.params, "counts": self.counts, "reduction": "none"}
        settings.pop("class_weight", None)  # the rows' weights hold it already
        if self.step.name != "influence-balanced":
            return self.function(network(batch.inputs).float(), batch.target, **settings)
        with _InputOf(head_of(self.inner)) as seen:
            logits = network(batch.inputs).float()
        return self.function(logits, batch.target, seen.tensor, **settings)


class _InputOf:
    """Remembers what a module was last given."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.tensor = torch.empty(0)

    def __enter__(self) -> "_InputOf":
        self._handle = self.module.register_forward_pre_hook(self._keep)
        return self

    def _keep(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        self.tensor = inputs[0]

    def __exit__(self, *error: object) -> None:
        self._handle.remove()


def mixed(
    augment: Step, batch: Batch, counts: NDArray[np.int64], generator: torch.Generator
) -> Batch:
    """The batch as the ``mix`` of the augment slot makes it: mixup, cutmix, remix, or as it is."""
    mix, alpha = augment.params.get("mix"), augment.params.get("alpha", 1.0)
    if mix is None:
        return batch
    if mix == "remix":
        images, target = mixing.remix(
            batch.inputs, batch.target, counts, alpha=alpha, generator=generator
        )
    elif mix in ("mixup", "cutmix"):
        images, target = getattr(mixing, mix)(
            batch.inputs, batch.target, len(counts), alpha=alpha, generator=generator
        )
    else:
        raise ValueError(f"no mixing '{mix}'; there are mixup, cutmix, remix")
    return Batch(images, target, batch.weight)
