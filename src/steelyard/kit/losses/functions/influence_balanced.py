"""Influence-balanced loss: rows that pull hardest on the boundary weigh least."""

import torch
from torch import Tensor
from torch.nn import functional as F

from steelyard.kit.losses.class_weights import class_balanced_weights
from steelyard.kit.losses.inputs import (
    Counts,
    Weight,
    class_weight,
    full_precision,
    per_class,
    read,
)
from steelyard.kit.losses.rows import Reduction, reduce, reduced_surprise, surprise_loss


def influence_balanced(
    logits: Tensor,
    target: Tensor,
    features: Tensor,
    *,
    counts: Counts = None,
    alpha: float = 1000.0,
    epsilon: float = 1e-3,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """``-w_y alpha log p_y / (|p - y|_1 |h|_1 + epsilon)``; smaller is better, >= 0.

    Park et al., Influence-Balanced Loss for Imbalanced Visual Classification, ICCV 2021, equations
    9 and 10, with the alpha and epsilon of its code. The gradient goes through the influence too,
    as there. Meant for the second half of a run that began with ``cross_entropy``.

    Parameters
    ----------
    logits, target, reduction : as in ``cross_entropy``
    features : (N, D) what the last linear layer reads, or their L1 norms (N,)
    counts : (K,) rows a class in training; with them the weights default to the paper's
        ``lambda_k``, proportional to ``1 / n_k`` and summing to the number of classes with rows
    alpha, epsilon : > 0, scale of the loss and floor of the influence
    weight : as in ``cross_entropy``; given, it takes the place of lambda

    Raises
    ------
    ValueError
        As ``cross_entropy``, for features of other rows, and alpha or epsilon that are not > 0.

    >>> import torch
    >>> influence_balanced(torch.zeros(1, 2), torch.tensor([0]), torch.ones(1, 4), epsilon=1.0)
    tensor(138.6294)
    """
    if not min(alpha, epsilon) > 0:
        raise ValueError(f"alpha and epsilon must be > 0, got {alpha} and {epsilon}")
    logits, target = read(logits, target)
    if features.ndim not in (1, 2) or len(features) != len(logits):
        raise ValueError(
            f"features must be ({len(logits)}, D) or ({len(logits)},), got {tuple(features.shape)}"
        )
    norm = full_precision(features, "features").abs()
    norm = (norm if norm.ndim == 1 else norm.sum(1)).to(logits.dtype)
    if weight is None and counts is not None:
        weight = per_class(class_balanced_weights, counts, logits, beta=1.0)
    weight = class_weight(weight, counts, logits)
    if target.ndim == 1:
        # |p - y|_1 = (1 - p_y) + sum of the others = 2 (1 - p_y)
        norm, floor = norm * (-2 / alpha), epsilon / alpha
        return reduced_surprise(
            logits,
            target,
            weight,
            reduction,
            lambda nll: nll / (torch.expm1(-nll) * norm + floor),
        )
    distance = (F.softmax(logits, dim=1) - target).abs().sum(1)
    entropy = surprise_loss(logits, target, weight)
    loss = entropy * alpha / (distance * norm + epsilon)
    return reduce(loss, reduction, target, weight)
