"""From the class probabilities to one loss a row, and from there to one number."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

Reduction = Literal["none", "mean", "sum", "weighted_mean"]


def surprise_loss(
    logits: Tensor,
    target: Tensor,
    weight: Tensor | None,
    of: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """``sum_k target_k * weight_k * of(-log p_k)`` of every row, (N,).

    Without ``of`` it is cross-entropy. A hard target has one term a row. A soft one means the
    expected loss over its classes: mixing two targets mixes their losses, as mixup does.
    """
    if of is None:
        return F.cross_entropy(logits, target, weight=weight, reduction="none")
    if target.ndim == 1:
        loss = of(F.cross_entropy(logits, target, reduction="none"))
        return loss if weight is None else loss * weight[target]
    terms = target * of(-F.log_softmax(logits, dim=1))
    return (terms if weight is None else terms * weight).sum(1)


def reduced_surprise(
    logits: Tensor,
    target: Tensor,
    weight: Tensor | None,
    reduction: Reduction,
    of: Callable[[Tensor], Tensor] | None = None,
    factor: Tensor | None = None,
) -> Tensor:
    """`surprise_loss`, reduced, in as few steps as can be: each costs autograd its own way back.

    ``factor`` (K,) multiplies the losses as ``weight`` does; no mean divides by it.
    """
    if of is None and weight is None and factor is None and reduction in ("mean", "sum"):
        return F.cross_entropy(logits, target, reduction=reduction)
    if factor is None or weight is None:
        by_class = weight if factor is None else factor
    else:
        by_class = factor * weight
    if reduction == "mean" and of is not None and by_class is not None and target.ndim == 1:
        loss = of(F.cross_entropy(logits, target, reduction="none"))
        return torch.dot(loss, by_class[target] / len(target))
    return reduce(surprise_loss(logits, target, by_class, of), reduction, target, weight)


def smoothed_surprise(
    logits: Tensor, target: Tensor, smooth: Tensor, weight: Tensor | None, reduction: Reduction
) -> Tensor:
    """``-(1 - e) log p_y - e / K sum_k log p_k`` of hard targets with ``smooth`` e (N,), reduced.

    The smoothed target (N, K) is never made: a sum a row stands for all of it.
    """
    log_p = F.log_softmax(logits, dim=1)
    nll, everywhere = F.nll_loss(log_p, target, reduction="none"), log_p.sum(1)
    to_class, to_all = 1 - smooth, smooth / -logits.shape[1]
    if reduction == "mean" and len(logits):
        share = 1 / len(logits) if weight is None else weight[target] / len(logits)
        return torch.dot(nll, to_class * share) + torch.dot(everywhere, to_all * share)
    loss = nll * to_class + everywhere * to_all
    return reduce(loss if weight is None else loss * weight[target], reduction, target, weight)


def weight_of_rows(target: Tensor, weight: Tensor) -> Tensor:
    """Weight (N,) of every row: that of its class, or the expected one."""
    return weight[target] if target.ndim == 1 else (target * weight).sum(1)


def reduce(
    loss: Tensor, reduction: Reduction, target: Tensor | None = None, weight: Tensor | None = None
) -> Tensor:
    """The losses as they are (``none``), their ``sum``, or one of two means.

    ``mean`` divides by the number of losses: batches and ranks of the same size then add up to the
    whole. ``weighted_mean`` divides by the sum of the rows' class weights, as
    ``torch.nn.CrossEntropyLoss(weight=...)`` does.
    """
    if reduction == "none":
        return loss
    if reduction == "sum":
        return loss.sum()
    if reduction == "mean" or (reduction == "weighted_mean" and weight is None):
        if loss.ndim == 1 and len(loss):  # one step for autograd in place of two
            return torch.dot(loss, torch.full_like(loss, 1 / len(loss)))
        return loss.sum() / loss.numel()  # .mean() would divide every element on the way back
    if reduction == "weighted_mean" and target is not None and weight is not None:
        total = weight_of_rows(target, weight).sum()
        # no row with any weight: nothing to learn, not 0 / 0
        return loss.sum() / total.clamp_min(torch.finfo(total.dtype).tiny)
    raise ValueError(f"reduction must be none, mean, sum or weighted_mean, got '{reduction}'")
