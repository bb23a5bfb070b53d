"""Vector-scaling (VS) loss: every logit is scaled and shifted by the size of its class."""

import numpy as np
import torch
from torch import Tensor

from steelyard.kit.losses.functions.logit_adjusted import shifts
from steelyard.kit.losses.inputs import Counts, Weight, class_weight, per_class, read
from steelyard.kit.losses.rows import Reduction, reduced_surprise
from steelyard.kit.metrics.arrays import FloatArray


def vector_scaling(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts,
    gamma: float = 0.2,
    tau: float = 1.0,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy of ``(n_k / n_max)^gamma logit_k + tau log pi_k``; smaller is better, >= 0.

    Kini et al., Label-Imbalanced and Group-Sensitive Classification under Overparameterization,
    NeurIPS 2021, equation 2 with the parameters of its section 5. gamma = 0 is ``logit_adjusted``,
    tau = 0 is the CDT loss (Ye et al., 2020), both 0 are cross-entropy.

    Parameters
    ----------
    logits, target, weight, reduction : as in ``cross_entropy``
    counts : (K,) rows a class in training; none count as half a row
    gamma : >= 0, strength of the scaling
    tau : strength of the shift

    Raises
    ------
    ValueError
        As ``cross_entropy``, and for a negative gamma.

    >>> import torch
    >>> vector_scaling(torch.tensor([[0.0, 2.0]]), torch.tensor([1]), counts=[4, 1], gamma=0.5)
    tensor(0.9048)
    """
    if not gamma >= 0:
        raise ValueError(f"gamma must be >= 0, got {gamma}")
    logits, target = read(logits, target)
    weight = class_weight(weight, counts, logits)
    shift = per_class(shifts, counts, logits, tau=tau)
    scaled = torch.addcmul(shift, per_class(scales, counts, logits, gamma=gamma), logits)
    return reduced_surprise(scaled, target, weight, reduction)


def scales(counts: FloatArray, gamma: float) -> FloatArray:
    """Factor (K,) of every logit, 1 for the largest class."""
    return np.asarray((np.maximum(counts, 0.5) / counts.max()) ** gamma)
