"""Label-aware smoothing: the more rows a class has, the more its labels are smoothed."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from torch import Tensor

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, per_class, read
from steelyard.kit.losses.rows import Reduction, reduce, smoothed_surprise, surprise_loss
from steelyard.kit.metrics.arrays import FloatArray

Shape = Literal["concave", "linear", "convex", "exp"]


def label_aware_smoothing(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts,
    smooth_head: float = 0.4,
    smooth_tail: float = 0.1,
    shape: Shape = "concave",
    power: float = 0.5,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """``-(1 - e_y) log p_y - e_y / K sum_k log p_k``; smaller is better, >= 0.

    Zhong et al., Improving Calibration for Long-Tailed Recognition (MiSLAS), CVPR 2021, equation 3;
    ``e`` as in ``smoothings``. As in the paper's code and in ``label_smoothing`` all K classes
    share the smoothing; its equation shares it between the others, which is an ``e`` of
    ``K / (K - 1)`` times as much.

    Parameters
    ----------
    logits, target, weight, reduction : as in ``cross_entropy``; a row weighs what its class does
    counts : (K,) rows a class in training
    smooth_head, smooth_tail : smoothing of the largest and the smallest class, in [0, 1]
    shape, power : the curve between the two, equations 4 to 6 and its power

    Raises
    ------
    ValueError
        As ``cross_entropy``, and for an unknown shape or a smoothing outside [0, 1].

    >>> import torch
    >>> loss = label_aware_smoothing(torch.zeros(1, 2), torch.tensor([1]), counts=[90, 10])
    >>> round(loss.exp().item(), 4)
    2.0
    """
    logits, target = read(logits, target)
    smooth = per_class(
        smoothings, counts, logits, head=smooth_head, tail=smooth_tail, shape=shape, power=power
    )
    weight = class_weight(weight, counts, logits)
    if target.ndim == 1:
        return smoothed_surprise(logits, target, smooth[target], weight, reduction)
    q = target if weight is None else target * weight
    smoothed = q * (1 - smooth) + (q * smooth).mean(1, keepdim=True)
    return reduce(surprise_loss(logits, smoothed, None), reduction, target, weight)


def smoothings(
    counts: FloatArray, head: float = 0.4, tail: float = 0.1, shape: Shape = "concave",
    power: float = 0.5,
) -> FloatArray:  # fmt: skip
    """Smoothing (K,) of every class: ``head`` for the largest, ``tail`` for the smallest.

    A class without rows takes that of the smallest that has some; equal classes are all largest.
    """
    if not (0 <= head <= 1 and 0 <= tail <= 1):
        raise ValueError(f"smoothings must be in [0, 1], got head {head} and tail {tail}")
    if shape not in _CURVES:
        raise ValueError(f"shape must be one of {', '.join(_CURVES)}, got '{shape}'")
    smallest, largest = counts[counts > 0].min(), counts.max()
    position = np.ones_like(counts)
    if smallest < largest:
        position = (np.maximum(counts, smallest) - smallest) / (largest - smallest)
    height = _CURVES[shape](position, power)
    return np.asarray(tail + (head - tail) * height)


_CURVES: dict[str, Callable[[FloatArray, float], FloatArray]] = {
    "concave": lambda t, power: np.sin(np.pi / 2 * t),
    "linear": lambda t, power: t,
    "convex": lambda t, power: 1 - np.cos(np.pi / 2 * t),
    "exp": lambda t, power: t**power,
}
