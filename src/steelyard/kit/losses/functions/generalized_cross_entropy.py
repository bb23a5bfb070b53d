"""Generalised cross-entropy: between cross-entropy and mean absolute error, for noisy labels."""

import torch
from torch import Tensor

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, read
from steelyard.kit.losses.rows import Reduction, reduced_surprise


def generalized_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts = None,
    q: float = 0.7,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """``w_y (1 - p_y^q) / q``; smaller is better, between 0 and ``1 / q``.

    Zhang and Sabuncu, Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy
    Labels, NeurIPS 2018, equation 6 (not truncated). q -> 0 is cross-entropy, q = 1 is half the
    mean absolute error, which a wrong label can hardly move.

    Parameters
    ----------
    logits, target, counts, weight, reduction : as in ``cross_entropy``
    q : in (0, 1]

    Raises
    ------
    ValueError
        As ``cross_entropy``, and for q outside (0, 1].

    >>> import torch
    >>> generalized_cross_entropy(torch.zeros(1, 4), torch.tensor([2]), q=0.5)
    tensor(1.)
    """
    if not 0 < q <= 1:
        raise ValueError(f"q must be in (0, 1], got {q}")
    logits, target = read(logits, target)
    weight = class_weight(weight, counts, logits)
    return reduced_surprise(
        logits, target, weight, reduction, lambda nll: torch.expm1(-q * nll) * (-1 / q)
    )
