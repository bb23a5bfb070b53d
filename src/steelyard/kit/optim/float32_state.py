"""What LARS, LAMB and the Adam-to-SGD switch share: gradients gathered, state kept in float32.

torch keeps an optimiser's state in the parameters' own type. Of bfloat16 an average with a share
of 0.001 stands still, and in float16 the eps below a square root is 0.
"""

from typing import Any, cast

import torch
from torch import Tensor
from torch.optim import Optimizer


def at_least_float32(tensor: Tensor) -> Tensor:
    """The tensor itself, or a float32 copy of one in half precision.

    >>> at_least_float32(torch.ones(1, dtype=torch.bfloat16)).dtype
    torch.float32
    """
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


class Float32State(Optimizer):
    """An optimiser whose state is float32 (float64 for float64 parameters), also once loaded."""

    def gathered(
        self, group: dict[str, Any], *names: str
    ) -> tuple[list[Tensor], list[Tensor], list[list[Tensor]]]:
        """Parameters of the group that have a gradient, these in float32, and their state by name.

        State that is missing starts at 0.

        Raises
        ------
        ValueError
            A gradient is sparse.
        """
        params = [param for param in group["params"] if param.grad is not None]
        if any(param.grad.is_sparse for param in params):
            raise ValueError(
                f"{type(self).__name__} takes no sparse gradients; build the embedding with "
                "sparse=False or give its parameters to torch.optim.SparseAdam"
            )
        grads = [at_least_float32(param.grad) for param in params]
        for param, grad in zip(params, grads, strict=True):
            for name in names:
                if name not in self.state[param]:
                    self.state[param][name] = torch.zeros_like(
                        grad, memory_format=torch.preserve_format
                    )
        return params, grads, [[self.state[param][name] for param in params] for name in names]

    def count_steps(self, params: list[Tensor]) -> list[int]:
        """The number of this step of each parameter, from 1: one may join or pause."""
        for param in params:
            self.state[param]["step"] = self.state[param].get("step", 0) + 1
        return [self.state[param]["step"] for param in params]

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As every optimiser's, but the state keeps its precision."""
        super().load_state_dict(state_dict)
        saved = [index for group in state_dict["param_groups"] for index in group["params"]]
        own = [param for group in self.param_groups for param in group["params"]]
        for index, param in zip(saved, own, strict=True):
            for name, value in state_dict["state"].get(index, {}).items():
                if isinstance(value, Tensor):
                    # torch has just cast it to the parameter's type; the run must go on exactly.
                    self.state[param][name] = value.to(param.device, copy=True)


def check_rates(lr: float | Tensor, weight_decay: float) -> None:
    """Raises ValueError for a negative learning rate or weight decay."""
    if not lr >= 0 or not weight_decay >= 0:
        raise ValueError(f"lr and weight_decay must be >= 0, got {lr} and {weight_decay}")


def check_betas(betas: tuple[float, float], eps: float) -> None:
    """Raises ValueError for betas outside [0, 1) or eps below 0."""
    if not all(0 <= beta < 1 for beta in betas) or not eps >= 0:
        raise ValueError(f"betas must be in [0, 1) and eps >= 0, got {betas} and {eps}")


def norms(tensors: list[Tensor]) -> list[Tensor]:
    """Euclidean length of each tensor, 0-d."""
    return cast(list[Tensor], list(torch._foreach_norm(tensors)))


def ratios_or_one(above: list[Tensor], below: list[Tensor]) -> list[Tensor]:
    """``above / below`` of 0-d tensors; 1 where either is 0, as for weights that start at 0.

    >>> ratios_or_one([torch.tensor(3.0), torch.tensor(0.0)], [torch.tensor(2.0)] * 2)
    [tensor(1.5000), tensor(1.)]
    """
    return [torch.where((a > 0) & (b > 0), a / b, 1.0) for a, b in zip(above, below, strict=True)]
