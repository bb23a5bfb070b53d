"""Focal loss of one class out of K (softmax). ``sigmoid_focal`` is the other one."""

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, one_or_each, read
from steelyard.kit.losses.rows import Reduction, reduced_surprise


def focal(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts = None,
    gamma: float = 2.0,
    alpha: float | ArrayLike | Tensor | None = None,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """``-alpha_y w_y (1 - p_y)^gamma log p_y`` with p the softmax; smaller is better, >= 0.

    Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, equation 5, for K classes. The
    class weight stays outside p (LDAM-DRW's code lets it leak in). gamma = 0 is cross-entropy.

    Parameters
    ----------
    logits, target, counts, weight, reduction : as in ``cross_entropy``
    gamma : >= 0, how much easy rows are turned down
    alpha : one factor, or one a class (K,), taken as it is; ``weighted_mean`` does not divide by it

    Raises
    ------
    ValueError
        As ``cross_entropy``, and for a negative gamma.

    >>> import torch
    >>> focal(torch.zeros(1, 2), torch.tensor([0]), gamma=1.0) / torch.tensor(2.0).log()
    tensor(0.5000)
    """
    if not gamma >= 0:
        raise ValueError(f"gamma must be >= 0, got {gamma}")
    logits, target = read(logits, target)
    weight = class_weight(weight, counts, logits)
    factor = None if alpha is None else one_or_each(alpha, logits, "alpha")
    return reduced_surprise(
        logits, target, weight, reduction, lambda nll: focused(nll, gamma), factor
    )


def focused(nll: Tensor, gamma: float) -> Tensor:
    """``-(1 - p)^gamma log p`` from ``-log p``."""
    miss = -torch.expm1(-nll)
    if gamma < 1:
        # At p = 1 the loss is 0, but the slope of the root alone would be infinite.
        miss = miss.clamp_min(torch.finfo(nll.dtype).tiny)
    return miss**gamma * nll
