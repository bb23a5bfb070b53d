"""Label smoothing: part of every target is spread over all classes."""

from torch import Tensor
from torch.nn import functional as F

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, read
from steelyard.kit.losses.rows import Reduction, reduce, smoothed_surprise


def label_smoothing(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts = None,
    smoothing: float = 0.1,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy of ``(1 - smoothing) target + smoothing / K``; smaller is better, >= 0.

    Szegedy et al., Rethinking the Inception Architecture, CVPR 2016, section 7. All K classes
    share the smoothing, the true one too. smoothing = 0 is cross-entropy.

    Parameters
    ----------
    logits, target, counts, weight, reduction : as in ``cross_entropy``; every class weighs its own
        part of the smoothed target
    smoothing : in [0, 1]

    Raises
    ------
    ValueError
        As ``cross_entropy``, and for a smoothing outside [0, 1].

    >>> import torch
    >>> label_smoothing(torch.tensor([[4.0, 0.0]]), torch.tensor([0]), smoothing=1.0)
    tensor(2.0181)
    """
    if not 0 <= smoothing <= 1:
        raise ValueError(f"smoothing must be in [0, 1], got {smoothing}")
    logits, target = read(logits, target)
    weight = class_weight(weight, counts, logits)
    if weight is None and target.ndim == 1:
        smooth = logits.new_full((len(logits),), smoothing)
        return smoothed_surprise(logits, target, smooth, None, reduction)
    loss = F.cross_entropy(
        logits, target, weight=weight, reduction="none", label_smoothing=smoothing
    )
    return reduce(loss, reduction, target, weight)
