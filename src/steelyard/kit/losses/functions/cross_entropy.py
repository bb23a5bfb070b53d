"""Cross-entropy of one class out of K."""

from torch import Tensor

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, read
from steelyard.kit.losses.rows import Reduction, reduced_surprise


def cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts = None,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """``-w_y log p_y``; smaller is better, 0 at the least.

    Parameters
    ----------
    logits : (N, K), any floating point; half precisions are computed in float32
    target : (N,) class numbers, or (N, K) probabilities: the expected loss over them
    counts : (K,) rows a class in training; only a named ``weight`` looks at them
    weight : (K,) class weights taken as they are, or a scheme of ``class_weights`` (``inverse``,
        ``sqrt``, ``effective``), whose mean over the training rows is 1
    reduction : ``none`` (N,), ``sum``, ``mean`` over the rows, or ``weighted_mean``: divided by
        the sum of the rows' weights as ``torch.nn.CrossEntropyLoss(weight=...)`` does

    Raises
    ------
    ValueError
        Shapes that do not fit, class numbers outside 0..K-1, or counts that are no counts.

    >>> import torch
    >>> cross_entropy(torch.zeros(2, 4), torch.tensor([0, 3])).exp()
    tensor(4.)
    """
    logits, target = read(logits, target)
    weight = class_weight(weight, counts, logits)
    return reduced_surprise(logits, target, weight, reduction)
