"""Binary cross-entropy of K yes-or-no questions: several classes may be present, or none."""

from torch import Tensor

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, read_labels
from steelyard.kit.losses.rows import Reduction, reduce
from steelyard.kit.losses.yes_no import binary


def binary_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts = None,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """``-w_k (t_k log p_k + (1 - t_k) log(1 - p_k))`` with p the sigmoid; smaller is better, >= 0.

    As ``torch.nn.BCEWithLogitsLoss``: one loss an element, and ``mean`` is over all of them.

    Parameters
    ----------
    logits : (N, K), any floating point; half precisions are computed in float32
    target : (N, K) labels, 0, 1 or a probability for every class
    counts : (K,) rows in which each class is present; only a named ``weight`` looks at them
    weight : (K,) factors of the columns taken as they are, or a scheme of ``class_weights``
    reduction : ``none`` (N, K), ``sum``, or ``mean`` over the elements

    Raises
    ------
    ValueError
        Shapes that do not fit, or counts that are no counts.

    >>> import torch
    >>> binary_cross_entropy(torch.zeros(1, 2), torch.tensor([[1, 1]])).exp()
    tensor(2.)
    """
    logits, target = read_labels(logits, target)
    weight = class_weight(weight, counts, logits)
    loss = binary(logits, target)
    return reduce(loss if weight is None else loss * weight, reduction)
