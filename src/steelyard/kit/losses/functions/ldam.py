"""Label-distribution-aware margin (LDAM) loss: rare classes must win by more."""

import numpy as np
from torch import Tensor

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, per_class, read
from steelyard.kit.losses.rows import Reduction, reduce, surprise_loss
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
    logits, weight, reduction : as in ``cross_entropy``
    target : (N,) class numbers; the margin depends on the class, so a soft target has none.
        For a mixed row mix the losses of its two targets
    counts : (K,) rows a class in training
    max_margin : margin of the smallest class, others in proportion to ``n^(-1/4)``
    scale : inverse temperature of the softmax

    Raises
    ------
    ValueError
        As ``cross_entropy``, and for a soft target.

    >>> import torch
    >>> ldam(torch.tensor([[1.0, 0.5]]), torch.tensor([0]), counts=[1, 1], scale=1.0).exp()
    tensor(2.)
    """
    logits, target = read(logits, target, soft="the margin of LDAM belongs to one class")
    weight = class_weight(weight, counts, logits)
    margin = per_class(margins, counts, logits, max_margin=max_margin)[target]
    behind = (logits * scale).scatter_add_(1, target[:, None], (-scale * margin)[:, None])
    loss = surprise_loss(behind, target, weight)
    return reduce(loss, reduction, target, weight)


def margins(counts: FloatArray, max_margin: float = 0.5) -> FloatArray:
    """Margin (K,) of every class; one without rows has that of the smallest that has some.

    >>> margins(np.array([16, 1, 0]), 0.5)
    array([0.25, 0.5 , 0.5 ])
    """
    smallest = counts[counts > 0].min()
    return np.asarray(max_margin * (smallest / np.maximum(counts, smallest)) ** 0.25)
