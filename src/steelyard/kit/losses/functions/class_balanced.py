"""Class-balanced losses: rows weigh by the effective number of rows of their class."""

from numpy.typing import ArrayLike
from torch import Tensor

from steelyard.kit.losses.class_weights import BETA, class_balanced_weights
from steelyard.kit.losses.functions.cross_entropy import cross_entropy
from steelyard.kit.losses.functions.focal import focal
from steelyard.kit.losses.functions.sigmoid_focal import sigmoid_focal
from steelyard.kit.losses.inputs import Counts, per_class, read
from steelyard.kit.losses.rows import Reduction


def class_balanced_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts,
    beta: float = BETA,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy with ``class_balanced_weights``; smaller is better, >= 0.

    Cui et al., Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019, equation 9.
    The weights sum to the number of classes that have rows, and ``mean`` divides by the rows, both
    as in the paper's code. ``weighted_mean`` divides by the weights instead.

    Parameters
    ----------
    logits, target, reduction : as in ``cross_entropy``
    counts : (K,) rows a class in training; a class without any weighs 0
    beta : in [0, 1]; 0 is no weighting, 1 is by inverse frequency

    Raises
    ------
    ValueError
        As ``cross_entropy``, and for beta outside [0, 1].

    >>> import torch
    >>> class_balanced_cross_entropy(
    ...     torch.zeros(1, 2), torch.tensor([1]), counts=[90, 10], beta=1.0
    ... ) / torch.tensor(2.0).log()
    tensor(1.8000)
    """
    logits, target = read(logits, target)
    weight = per_class(class_balanced_weights, counts, logits, beta=beta)
    return cross_entropy(logits, target, weight=weight, reduction=reduction)


def class_balanced_focal(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts,
    beta: float = BETA,
    gamma: float = 2.0,
    alpha: float | ArrayLike | Tensor | None = None,
    softmax: bool = False,
    reduction: Reduction = "mean",
) -> Tensor:
    """Focal loss with ``class_balanced_weights``; smaller is better, >= 0.

    Cui et al., Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019, equation 12:
    it is the **sigmoid** focal loss, summed over the classes of a row; ``mean`` divides by the
    rows. gamma = 0 is the paper's class-balanced sigmoid loss, equation 10. ``softmax=True`` takes
    ``focal`` in its place.

    Parameters
    ----------
    logits, target, gamma, alpha, reduction : as in ``sigmoid_focal``
    counts, beta : as in ``class_balanced_cross_entropy``
    softmax : whether classes exclude each other, ``focal``, or not, ``sigmoid_focal``

    Raises
    ------
    ValueError
        As ``sigmoid_focal``, and for beta outside [0, 1].

    >>> import torch
    >>> class_balanced_focal(
    ...     torch.zeros(1, 2), torch.tensor([1]), counts=[90, 10], beta=1.0, gamma=1.0
    ... ) / torch.tensor(2.0).log()
    tensor(1.8000)
    """
    loss = focal if softmax else sigmoid_focal
    logits, target = read(logits, target)
    weight = per_class(class_balanced_weights, counts, logits, beta=beta)
    return loss(logits, target, gamma=gamma, alpha=alpha, weight=weight, reduction=reduction)
