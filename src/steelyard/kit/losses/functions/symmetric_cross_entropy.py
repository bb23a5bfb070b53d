"""Symmetric cross-entropy: cross-entropy both ways round, for noisy labels."""

import torch
from torch import Tensor
from torch.nn import functional as F

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, read
from steelyard.kit.losses.rows import Reduction, reduce, reduced_surprise, weight_of_rows


def symmetric_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts = None,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """``-alpha sum_k t_k log p_k - beta sum_k p_k log t_k``; smaller is better, >= 0.

    Wang et al., Symmetric Cross Entropy for Robust Learning with Noisy Labels, ICCV 2019, equation
    7, with ``log 0`` set to A (section 4.2). beta = 0 is alpha times cross-entropy.

    Parameters
    ----------
    logits, target, counts, reduction : as in ``cross_entropy``
    alpha, beta : factors of the two directions; 0.1 and 1 are the paper's for CIFAR-10
    log_zero : the paper's A < 0, the least that ``log t`` may be
    weight : as in ``cross_entropy``; a row weighs what its class does

    Raises
    ------
    ValueError
        As ``cross_entropy``, and for log_zero >= 0.

    >>> import torch
    >>> symmetric_cross_entropy(torch.zeros(1, 4), torch.tensor([2]), alpha=0.0, beta=1.0)
    tensor(3.)
    """
    if not log_zero < 0:
        raise ValueError(f"log_zero must be below 0, got {log_zero}")
    logits, target = read(logits, target)
    weight = class_weight(weight, counts, logits)
    if target.ndim == 1:
        # log 1 = 0 at the class, A everywhere else: -sum p log t = -A (1 - p_y)
        return reduced_surprise(
            logits,
            target,
            weight,
            reduction,
            lambda nll: torch.add(alpha * nll, torch.expm1(-nll), alpha=beta * log_zero),
        )
    log_p = F.log_softmax(logits, dim=1)
    log_t = target.log().clamp_min(log_zero)
    loss = -(alpha * target * log_p + beta * log_p.exp() * log_t).sum(1)
    if weight is not None:
        loss = loss * weight_of_rows(target, weight)
    return reduce(loss, reduction, target, weight)
