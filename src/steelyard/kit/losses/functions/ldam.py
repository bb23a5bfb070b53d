"""Label-distribution-aware margin (LDAM) loss: rare classes must win by more."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, per_class, read
from steelyard.kit.losses.rows import Reduction, reduce, reduced_surprise
from steelyard.kit.metrics.arrays import FloatArray


def ldam(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts,
    max_margin: float = 0.5,
    scale: float = 30.0,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy of ``scale (logits - margin_y at y)``; smaller is better, >= 0.

    Cao et al., Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss, NeurIPS
    2019, equations 12 and 13. Made for cosines: use a normalised linear head. Deferred
    re-weighting (DRW) is ``weight=None`` first and ``class_balanced_weights(counts)`` for the last
    fifth of the run. max_margin = 0 and scale = 1 are cross-entropy.

    Parameters
    ----------
    logits, target, weight, reduction : as in ``cross_entropy``; of a soft target every class has
        its own margin, so that mixing two targets mixes their losses
    counts : (K,) rows a class in training
    max_margin : margin of the smallest class, others in proportion to ``n^(-1/4)``
    scale : inverse temperature of the softmax

    Raises
    ------
    ValueError
        As ``cross_entropy``.

    >>> import torch
    >>> ldam(torch.tensor([[1.0, 0.5]]), torch.tensor([0]), counts=[1, 1], scale=1.0).exp()
    tensor(2.)
    """
    logits, target = read(logits, target)
    weight = class_weight(weight, counts, logits)
    margin = per_class(margins, counts, logits, max_margin=scale * max_margin)
    if target.ndim == 1:
        behind = (logits * scale).scatter_add_(1, target[:, None], -margin[target][:, None])
        return reduced_surprise(behind, target, weight, reduction)
    terms = target * F.softplus(_lead_of_others(logits * scale) + margin)
    loss = (terms if weight is None else terms * weight).sum(1)
    return reduce(loss, reduction, target, weight)


def _lead_of_others(z: Tensor) -> Tensor:
    """``log sum_(j != k) e^z_j - z_k`` (N, K) for every k."""
    z = z - z.detach().amax(1, keepdim=True)
    top, total = z.argmax(1, keepdim=True), z.logsumexp(1, keepdim=True)
    # total + log(1 - p_k) has lost its digits where p_k is near 1: there the others are added up.
    p = (z - total).exp().scatter(1, top, 0.0)
    others = z.scatter(1, top, -torch.inf).logsumexp(1, keepdim=True)
    return (total + torch.log1p(-p)).scatter(1, top, others) - z


def margins(counts: FloatArray, max_margin: float = 0.5) -> FloatArray:
    """Margin (K,) of every class; one without rows has that of the smallest that has some.

    >>> margins(np.array([16, 1, 0]), 0.5)
    array([0.25, 0.5 , 0.5 ])
    """
    smallest = counts[counts > 0].min()
    return np.asarray(max_margin * (smallest / np.maximum(counts, smallest)) ** 0.25)
