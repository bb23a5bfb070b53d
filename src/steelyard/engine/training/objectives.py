"""What a step minimises: the ``loss`` slot on a batch, after the mixing of the ``augment`` slot."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from steelyard.core.recipe import Step
from steelyard.engine.training.freezing import head_of
from steelyard.kit import losses

_NO_CLASSES = ("elastic_net_penalty", "l1_penalty", "l2_penalty", "smooth_l1")
_YES_NO = ("asymmetric", "binary-cross-entropy", "sigmoid-focal")  # one question a class


@dataclass(frozen=True)
class Batch:
    """What one step sees, or a part of it.

    Attributes
    ----------
    inputs : (B, ...) on the device.
    target : (B,) classes or (B, K) shares of them.
    weight : (B,) what each row's loss is multiplied by.
    size : rows of the whole step, in all its parts and all processes.
    partners : B more rows, of another sampler, for objectives that look at two.
    """

    inputs: Tensor
    target: Tensor
    weight: Tensor
    size: int
    partners: "Batch | None" = None

    def __len__(self) -> int:
        return len(self.inputs)

    def split(self, n_parts: int) -> "list[Batch]":
        """In parts of equal size."""
        if n_parts == 1:
            return [self]
        columns = [c.tensor_split(n_parts) for c in (self.inputs, self.target, self.weight)]
        partners: list[Batch | None] = [None] * n_parts
        if self.partners:
            partners = [*self.partners.split(n_parts)]
        return [
            Batch(inputs, target, weight, self.size, other)
            for inputs, target, weight, other in zip(*columns, partners)
        ]


class Objective(Protocol):
    """What a step minimises; some need more than the network's answer to the batch."""

    def ready(self, batch: Batch) -> Batch:
        """Called once a step with the whole batch, before it is cut into parts."""

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        """(B,) losses times the rows' weights; ``network`` may be wrapped for many processes."""


@dataclass
class RowLoss:
    """A loss of `steelyard.kit.losses` by name; ``inner`` is the network without a wrapper."""

    step: Step
    counts: NDArray[np.int64]
    inner: nn.Module = field(repr=False)
    function: Callable[..., Tensor] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = [one.replace("_", "-") for one in losses.FUNCTIONS if one not in _NO_CLASSES]
        if self.step.name not in known:
            raise ValueError(f"no loss '{self.step.name}'; there are {', '.join(known)}")
        settings: dict[str, Any] = {**self.step.params, "counts": self.counts}
        settings.pop("class_weight", None)  # the rows' weights hold it already
        self.function = partial(getattr(losses, self.step.name.replace("-", "_")), **settings)

    def ready(self, batch: Batch) -> Batch:
        """As it is."""
        return batch

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        return batch.weight * self.each(network, batch)

    def each(self, network: nn.Module, batch: Batch) -> Tensor:
        """(B,) losses, not weighed."""
        target, more = batch.target, list[Tensor]()
        if self.step.name in _YES_NO and target.ndim == 1:
            target = nn.functional.one_hot(target, len(self.counts)).float()
        if self.step.name == "influence-balanced":
            with _InputOf(head_of(self.inner)) as seen:
                logits = network(batch.inputs).float()
            more = [seen.tensor]
        else:
            logits = network(batch.inputs).float()
        each = self.function(logits, target, *more, reduction="none")
        return each.sum(1) if each.ndim == 2 else each


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
