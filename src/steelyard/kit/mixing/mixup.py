"""mixup."""

import torch
from torch import Tensor

from steelyard.kit.mixing.pairs import blend, numpy_generator, partners_and_shares, soft_target


def mixup(
    images: Tensor,
    target: Tensor,
    n_classes: int,
    *,
    alpha: float = 1.0,
    generator: torch.Generator | int | None = None,
) -> tuple[Tensor, Tensor]:
    """Each image blended with another of the batch, and its target alike.

    Zhang et al., mixup: Beyond Empirical Risk Minimization, ICLR 2018, section 2:
    ``x = lambda x_i + (1 - lambda) x_j``, ``y = lambda y_i + (1 - lambda) y_j``, lambda from
    Beta(alpha, alpha). Every pair has its own lambda, as the paper writes it; its code shares
    one in a batch.

    Parameters
    ----------
    images : (N, ...) floats
    target : (N,) class numbers, or (N, K) floats
    n_classes : K
    alpha : above 0; the larger, the nearer lambda is to 1/2
    generator : a torch generator, a seed, or None for torch's global random numbers

    Returns
    -------
    (N, ...) images and (N, K) soft targets whose rows sum to 1.

    Raises
    ------
    ValueError
        Images that are no floats, targets outside 0..K-1, or alpha not above 0.

    >>> images, target = mixup(torch.eye(2), torch.tensor([0, 1]), 2, generator=0)
    >>> bool((images == target).all())
    True
    """
    partners, share = partners_and_shares(images, alpha, alpha, numpy_generator(generator))
    soft = soft_target(target, n_classes)
    return blend(images, images[partners], share), blend(soft, soft[partners], share)
