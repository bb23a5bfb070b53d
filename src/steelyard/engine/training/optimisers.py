"""The ``optim`` slot: optimiser, learning-rate schedule, what decays, and averaged weights."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

from steelyard.core.recipe import Step
from steelyard.kit import optim

SCHEDULES = ("cosine", "drop", "constant")
_WARM_UP = 1.0  # epochs, the first at a tenth of the rate


def optimiser_of(
    step: Step, parts: Sequence[nn.Module], n_steps: int | None = None
) -> torch.optim.Optimizer:
    """The optimiser that ``step`` names over a network's parts, from first to head.

    ``layer_decay`` below 1 lets the rates fall from the head to the first part; ``lookahead`` wraps
    any of them. Biases and norms do not decay, and have no rate of their own under ``lars`` and
    ``lamb``. ``adam-to-sgd`` has switched after half of ``n_steps``. ``l1`` adds the slope of
    ``l1 * sum |w|`` over the weights that may decay: beside ``l2`` an elastic net. Raises
    ValueError for an unknown name.
    """
    settings = step.params
    rate, l2 = settings["learning_rate"], settings.get("l2", 0.0)
    trust = {"trust": False} if step.name in ("lars", "lamb") else {}
    groups: list[dict[str, Any]] = optim.layer_wise_rates(
        parts, rate, decay=settings.get("layer_decay", 1.0), weight_decay=l2, **trust
    )
    made = _made(step.name, _together(groups), rate, settings, n_steps)
    if l1 := settings.get("l1", 0.0):
        weights = [p for part in parts for p in part.parameters() if p.ndim > 1]
        made.register_step_pre_hook(partial(_add_slope, weights, l1))
    return optim.Lookahead(made) if settings.get("lookahead") else made


def _add_slope(weights: Sequence[nn.Parameter], l1: float, *_: Any) -> None:
    """The slope of ``l1 * sum |w|``, once a step, where the loss has given the weights one."""
    for weight in weights:
        if weight.grad is not None:
            weight.grad.add_(weight.detach().sign(), alpha=l1)


def _made(
    name: str, groups: list[dict[str, Any]], rate: float, settings: Any, n_steps: int | None
) -> torch.optim.Optimizer:
    momentum = settings.get("momentum", 0.9)
    if name == "sgd":
        return torch.optim.SGD(groups, rate, momentum=momentum, nesterov=momentum > 0)
    if name == "lars":
        return optim.LARS(groups, rate, momentum=momentum)
    others: dict[str, Callable[..., torch.optim.Optimizer]] = {
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "lamb": optim.LAMB,
        "adam-to-sgd": partial(optim.AdamToSGD, switch_after=n_steps and max(1, n_steps // 2)),
    }
    if name not in others:
        raise ValueError(f"no optimiser '{name}'; there are sgd, lars, {', '.join(others)}")
    return others[name](groups, rate)


def _together(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What learns, groups of one setting as one: each group is a round of small steps."""
    merged: dict[tuple[tuple[str, Any], ...], list[nn.Parameter]] = {}
    for group in groups:
        learning = [p for p in group["params"] if p.requires_grad]
        settings = tuple((name, value) for name, value in group.items() if name != "params")
        merged.setdefault(settings, []).extend(learning)
    return [{"params": params, **dict(settings)} for settings, params in merged.items() if params]


def average_of(module: nn.Module, step: Step, n_steps: int) -> optim.ExponentialAverage | None:
    """The average of the weights that ``step`` asks for, if any.

    ``ema`` is the decay of a moving average, ``swa`` the share of ``n_steps`` after which all
    weights count the same.
    """
    if "swa" in step.params:
        return optim.StochasticAverage(module, int(step.params["swa"] * n_steps))
    decay = step.params.get("ema", 0.0)
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
