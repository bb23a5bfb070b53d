"""Logit-adjusted loss, also known as Balanced Softmax: the prior is corrected inside the loss."""

import numpy as np
from torch import Tensor

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, per_class, read
from steelyard.kit.losses.rows import Reduction, reduced_surprise
from steelyard.kit.metrics.arrays import FloatArray
from steelyard.kit.posthoc import log_frequencies


def logit_adjusted(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts,
    tau: float = 1.0,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy of ``logits + tau log pi``; smaller is better, >= 0.

    Menon et al., Long-tail learning via logit adjustment, ICLR 2021, equation 10. With tau = 1 it
    is Balanced Softmax (Ren et al., NeurIPS 2020, equation 4), so ``balanced_softmax`` is this
    function under its other name. Predict with the logits as they are: adjusting them once more
    afterwards corrects twice. Equal counts or tau = 0 are cross-entropy.

    Parameters
    ----------
    logits, target, weight, reduction : as in ``cross_entropy``
    counts : (K,) rows a class in training; none count as half a row, pi is their share
    tau : strength of the correction

    Raises
    ------
    ValueError
        As ``cross_entropy``.

    >>> import torch
    >>> loss = logit_adjusted(torch.zeros(1, 2), torch.tensor([1]), counts=[90, 10])
    >>> round(loss.exp().item(), 4)
    10.0
    """
    logits, target = read(logits, target)
    weight = class_weight(weight, counts, logits)
    adjusted = logits + per_class(shifts, counts, logits, tau=tau)
    return reduced_surprise(adjusted, target, weight, reduction)


def shifts(counts: FloatArray, tau: float = 1.0) -> FloatArray:
    """``tau log pi_k`` (K,) of every class.

    >>> shifts(np.array([3, 1]), tau=2.0).round(3)
    array([-0.575, -2.773])
    """
    return np.asarray(tau * log_frequencies(counts))


balanced_softmax = logit_adjusted
