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


def mean_surprise(
    logits: Tensor, target: Tensor, weight: Tensor | None, reduction: Reduction
) -> Tensor:
    """`surprise_loss` without ``of``, reduced; by torch alone where that is the same."""
    if weight is None and reduction in ("mean", "sum"):
        return F.cross_entropy(logits, target, reduction=reduction)
    return reduce(surprise_loss(logits, target, weight), reduction, target, weight)


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
        return loss.sum() / loss.numel()  # .mean() would divide every element on the way back
    if reduction == "weighted_mean" and target is not None and weight is not None:
        total = weight_of_rows(target, weight).sum()
        # no row with any weight: nothing to learn, not 0 / 0
        return loss.sum() / total.clamp_min(torch.finfo(total.dtype).tiny)
    raise ValueError(f"reduction must be none, mean, sum or weighted_mean, got '{reduction}'")
