"""A module from any loss function: its settings are given once, counts and weights move along."""

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

PER_CLASS = ("counts", "weight", "alpha")  # may hold one number a class


class LossModule(nn.Module):
    """Calls ``function`` with the settings it was made with.

    Settings of one number a class are buffers: ``state_dict`` holds them, ``.to(device)`` moves
    them. A change of dtype leaves them as they are, for half precision would round the counts.

    >>> from steelyard.kit.losses import LogitAdjusted
    >>> loss = LogitAdjusted(counts=[90, 10], tau=1.0)
    >>> loss
    LogitAdjusted(counts=(2,), tau=1.0)
    >>> round(loss(torch.zeros(1, 2), torch.tensor([1])).exp().item(), 4)
    10.0
    """

    function: ClassVar[Callable[..., Tensor]]

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        inspect.signature(type(self)).bind(**settings)  # names what is missing or unknown
        self.settings: dict[str, Any] = {}
        for name, value in settings.items():
            if name in PER_CLASS and not isinstance(value, str) and np.ndim(value):
                self.register_buffer(name, _exact(value))
            else:
                self.settings[name] = value

    def forward(self, *inputs: Tensor) -> Tensor:
        return type(self).function(*inputs, **self.settings, **self._buffers)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "LossModule":
        exact = dict(self.named_buffers())
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, buffer in exact.items():
            self.register_buffer(name, buffer.to(getattr(self, name).device))
        return self

    def extra_repr(self) -> str:
        shapes = {name: tuple(buffer.shape) for name, buffer in self.named_buffers()}
        return ", ".join(f"{name}={value}" for name, value in {**shapes, **self.settings}.items())


def module_of(name: str, function: Callable[..., Tensor]) -> type[LossModule]:
    """The module class of a loss; its parameters are the function's keywords."""
    keywords = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    ]
    return type(
        name,
        (LossModule,),
        {
            "function": staticmethod(function),
            "__doc__": f"The module of ``{function.__name__}``: its keywords once, then called.",
            "__module__": "steelyard.kit.losses",
            "__signature__": inspect.Signature(keywords),
        },
    )


def _exact(values: Any) -> Tensor:
    """Whole numbers as int64, all others as float64; a copy, so that nobody changes it."""
    tensor = torch.as_tensor(values if isinstance(values, Tensor) else np.asarray(values)).detach()
    return tensor.to(torch.float64 if tensor.is_floating_point() else torch.int64, copy=True)
