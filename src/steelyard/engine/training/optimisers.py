"""The ``optim`` slot: optimiser, learning-rate schedule, what decays, and averaged weights."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from steelyard.core.recipe import Step
from steelyard.kit import optim

SCHEDULES = ("cosine", "drop", "constant")
_WARM_UP = 1.0  # epochs, the first at a tenth of the rate


def optimiser_of(step: Step, parts: Sequence[nn.Module]) -> torch.optim.Optimizer:
    """The optimiser that ``step`` names over a network's parts, from first to head.

    ``layer_decay`` below 1 lets the rates fall from the head to the first part; ``lookahead`` wraps
    any of them. Biases and norms do not decay. Raises ValueError for an unknown name.
    """
    settings = step.params
    rate, l2 = settings["learning_rate"], settings.get("l2", 0.0)
    groups: list[dict[str, Any]] = optim.layer_wise_rates(
        parts, rate, decay=settings.get("layer_decay", 1.0), weight_decay=l2
    )
    made = _made(step.name, _together(groups), rate, settings)
    return optim.Lookahead(made) if settings.get("lookahead") else made


def _made(
    name: str, groups: list[dict[str, Any]], rate: float, settings: Any
) -> torch.optim.Optimizer:
    momentum = settings.get("momentum", 0.9)
    if name == "sgd":
        return torch.optim.SGD(groups, rate, momentum=momentum, nesterov=momentum > 0)
    if name == "lars":
        return optim.LARS(groups, rate, momentum=momentum)
    others = {
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "lamb": optim.LAMB,
        "adam-to-sgd": optim.AdamToSGD,
    }
    if name not in others:
        raise ValueError(f"no optimiser '{name}'; there are sgd, lars, {', '.join(others)}")
    return others[name](groups, rate)


def _together(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What learns, groups of one rate and decay as one: each group is a round of small steps."""
    merged: dict[tuple[float, float], list[nn.Parameter]] = {}
    for group in groups:
        learning = [p for p in group["params"] if p.requires_grad]
        merged.setdefault((group["lr"], group["weight_decay"]), []).extend(learning)
    return [
        {"params": params, "lr": lr, "weight_decay": decay}
        for (lr, decay), params in merged.items()
        if params
    ]


def average_of(module: nn.Module, decay: float) -> optim.ExponentialAverage | None:
    """The moving average of the weights, where ``ema`` asks for one."""
    return optim.ExponentialAverage(module, decay) if decay else None


def rate_at(step: Step, epoch: float, n_epochs: float) -> float:
    """The learning rate ``epoch`` epochs into a schedule of ``n_epochs``, a share of the highest.

    ``cosine`` falls to 0; ``drop`` falls to a tenth at ``drop_at`` of the run (0.8) and to a
    hundredth half way from there to the end, as LDAM-DRW's does.

    >>> round(rate_at(Step("sgd"), 10, 20), 3), rate_at(Step("sgd", {"schedule": "drop"}), 17, 20)
    (0.5, 0.1)
    """
    warm = min(epoch / _WARM_UP + 0.1, 1.0) if n_epochs > 2 * _WARM_UP else 1.0
    schedule = step.params.get("schedule", "cosine")
    if schedule == "constant":
        return warm
    if schedule == "drop":
        at = step.params.get("drop_at", 0.8) * n_epochs
        return warm * (1.0 if epoch < at else 0.1 if epoch < (at + n_epochs) / 2 else 0.01)
    if schedule != "cosine":
        raise ValueError(f"no schedule '{schedule}'; there are {', '.join(SCHEDULES)}")
    return warm * (1 + math.cos(math.pi * epoch / n_epochs)) / 2
