"""Focal loss of K yes-or-no questions (sigmoid). ``focal`` is the one of one class out of K."""

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, one_or_each, read
from steelyard.kit.losses.rows import Reduction, reduce, weight_of_rows
from steelyard.kit.losses.yes_no import absent


def sigmoid_focal(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts = None,
    gamma: float = 2.0,
    alpha: float | ArrayLike | Tensor | None = None,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """``-sum_k alpha_t (1 - p_t)^gamma log p_t`` with p the sigmoid; smaller is better, >= 0.

    Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, equation 5: ``p_t`` is p for a
    class that is present and 1 - p for one that is not. Summed over the classes of a row, not
    averaged. gamma = 0 is binary cross-entropy (summed).

    Parameters
    ----------
    logits, counts, reduction : as in ``cross_entropy``; ``none`` gives (N,)
    target : (N,) class numbers, or (N, K) labels in [0, 1], as many present as there are
    gamma : >= 0, how much easy questions are turned down
    alpha : in [0, 1], one or one a class (K,): factor of present classes, 1 - alpha of absent
        ones. None is 1 for both
    weight : as in ``cross_entropy``; a row weighs what its class does, with several present the
        sum of theirs

    Raises
    ------
    ValueError
        As ``cross_entropy``, and for a negative gamma.

    >>> import torch
    >>> sigmoid_focal(torch.zeros(1, 2), torch.tensor([0]), gamma=1.0) / torch.tensor(2.0).log()
    tensor(1.)
    """
    if not gamma >= 0:
        raise ValueError(f"gamma must be >= 0, got {gamma}")
    logits, target = read(logits, target)
    weight = class_weight(weight, counts, logits)
    if target.ndim == 1:
        # An absent class with logit z costs what a present one with logit -z does.
        sign = torch.ones_like(logits).scatter_(1, target[:, None], -1)
        terms = absent(logits * sign, gamma)
        if alpha is not None:
            share = one_or_each(alpha, logits, "alpha")
            terms = terms * (0.5 + sign * (0.5 - share))  # alpha where present, else 1 - alpha
    else:
        yes, no = target, 1 - target
        if alpha is not None:
            share = one_or_each(alpha, logits, "alpha")
            yes, no = yes * share, no * (1 - share)
        terms = yes * absent(-logits, gamma) + no * absent(logits, gamma)
    loss = terms.sum(1)
    if weight is not None:
        loss = loss * weight_of_rows(target, weight)
    return reduce(loss, reduction, target, weight)
