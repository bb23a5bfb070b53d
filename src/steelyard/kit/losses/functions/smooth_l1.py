"""Smooth L1 loss of a regression."""

from torch import Tensor
from torch.nn import functional as F

from steelyard.kit.losses.inputs import full_precision
from steelyard.kit.losses.rows import Reduction, reduce


def smooth_l1(
    prediction: Tensor, target: Tensor, *, beta: float = 1.0, reduction: Reduction = "mean"
) -> Tensor:
    """``d^2 / (2 beta)`` for ``|d| < beta``, else ``|d| - beta / 2``; smaller is better, >= 0.

    Girshick, Fast R-CNN, ICCV 2015, equation 3, with the bend at beta.

    Parameters
    ----------
    prediction, target : of one shape (...), d their difference
    beta : >= 0, in units of the target; 0 is the absolute error
    reduction : ``none`` (...), ``sum``, or ``mean`` over all elements

    Raises
    ------
    ValueError
        Shapes that differ, or a negative beta.

    >>> import torch
    >>> smooth_l1(torch.tensor([0.5, 3.0]), torch.zeros(2), reduction="none")
    tensor([0.1250, 2.5000])
    """
    if not beta >= 0:
        raise ValueError(f"beta must be >= 0, got {beta}")
    if prediction.shape != target.shape:
        raise ValueError(
            f"prediction {tuple(prediction.shape)} and target {tuple(target.shape)} must match"
        )
    prediction = full_precision(prediction, "prediction")
    loss = F.smooth_l1_loss(prediction, target.to(prediction), reduction="none", beta=beta)
    return reduce(loss, reduction)
