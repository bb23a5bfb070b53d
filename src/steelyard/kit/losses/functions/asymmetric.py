"""Asymmetric loss of K yes-or-no questions: the many easy absent classes are turned down most."""

import torch
from torch import Tensor

from steelyard.kit.losses.inputs import Counts, Weight, class_weight, read_labels
from steelyard.kit.losses.rows import Reduction, reduce
from steelyard.kit.losses.yes_no import absent


def asymmetric(
    logits: Tensor,
    target: Tensor,
    *,
    counts: Counts = None,
    gamma_positive: float = 0.0,
    gamma_negative: float = 4.0,
    margin: float = 0.05,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """``-t (1 - p)^g+ log p - (1 - t) q^g- log(1 - q)``, ``q = max(p - margin, 0)``; >= 0.

    Ridnik et al., Asymmetric Loss For Multi-Label Classification, ICCV 2021, equation 7, p the
    sigmoid; smaller is better. The paper's code adds all elements up, which is ``sum``, and holds
    the focusing factors constant in the gradient; here the gradient is that of the formula. Both
    gammas and the margin 0 are binary cross-entropy.

    Parameters
    ----------
    logits, target, counts, weight, reduction : as in ``binary_cross_entropy``
    gamma_positive, gamma_negative : >= 0, how much easy present and absent classes are turned down
    margin : in [0, 1), absent classes below this probability cost nothing

    Raises
    ------
    ValueError
        As ``binary_cross_entropy``, for a negative gamma and a margin outside [0, 1).

    >>> import torch
    >>> asymmetric(torch.tensor([[0.0, -9.0]]), torch.tensor([[1, 0]]), reduction="sum").exp()
    tensor(2.)
    """
    if not min(gamma_positive, gamma_negative) >= 0:
        raise ValueError(f"gammas must be >= 0, got {gamma_positive} and {gamma_negative}")
    if not 0 <= margin < 1:
        raise ValueError(f"margin must be in [0, 1), got {margin}")
    logits, target = read_labels(logits, target)
    weight = class_weight(weight, counts, logits)
    if_present, if_absent = absent(-logits, gamma_positive), absent(logits, gamma_negative, margin)
    loss = torch.lerp(if_absent, if_present, target)
    return reduce(loss if weight is None else loss * weight, reduction)
