"""Balanced mixup: a batch as the data are, blended with a class-balanced one."""

import torch
from torch import Tensor

from steelyard.kit.mixing.pairs import blend, numpy_generator, partners_and_shares, soft_target


def balanced_mixup(
    images: Tensor,
    target: Tensor,
    balanced_images: Tensor,
    balanced_target: Tensor,
    n_classes: int,
    *,
    alpha: float = 0.2,
    generator: torch.Generator | int | None = None,
) -> tuple[Tensor, Tensor]:
    """``(1 - lambda) x + lambda x_balanced``, and the targets alike, lambda from Beta(alpha, 1).

    Galdran et al., Balanced-MixUp for Highly Imbalanced Medical Image Classification, MICCAI 2021,
    section 2. lambda is ``alpha / (1 + alpha)`` on average: the balanced rows only season the
    batch. Every pair has its own.

    Parameters
    ----------
    images, target : (N, ...) floats and (N,) class numbers or (N, K) floats, drawn as the data are
    balanced_images, balanced_target : the same shapes, drawn by a `ClassBalancedSampler`
    n_classes : K
    alpha : above 0; the paper takes 0.1 to 0.3
    generator : a torch generator, a seed, or None for torch's global random numbers

    Returns
    -------
    (N, ...) images and (N, K) soft targets whose rows sum to 1.

    Raises
    ------
    ValueError
        As `mixup`, or the two batches differ in shape.
    """
    if images.shape != balanced_images.shape:
        raise ValueError(
            f"images {tuple(images.shape)} and balanced_images {tuple(balanced_images.shape)} "
            f"must have one shape"
        )
    # Both batches come shuffled, so each row's partner is the row in its place.
    _, share = partners_and_shares(images, alpha, 1.0, numpy_generator(generator))
    first, second = soft_target(balanced_target, n_classes), soft_target(target, n_classes)
    return blend(balanced_images, images, share), blend(first, second, share)
