"""Remix: mixup whose label leans to the rarer class of a pair."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from steelyard.kit.mixing.pairs import blend, numpy_generator, partners_and_shares, soft_target


def remix_target_share(
    share: Tensor,
    counts: Tensor,
    partner_counts: Tensor,
    *,
    kappa: float = 3.0,
    tau: float = 0.5,
) -> Tensor:
    """The label's share of the first of each pair, Chou et al., Remix, 2020, section 3.

    0 where the first class is at least kappa times as frequent and its image share is below tau;
    1 where the second is and the second's share is below tau; else the image share. Each pair by
    itself: published code averages the loss over the batch first, which makes it mixup again.

    Parameters
    ----------
    share : (N,) of the first image
    counts, partner_counts : (N,) training rows of the first's and the second's class
    kappa : at least 1
    tau : in [0, 1]; 0 is mixup

    Returns
    -------
    (N,)

    >>> share, one = torch.tensor([0.4, 0.4, 0.6]), torch.tensor([90, 90, 10])
    >>> remix_target_share(share, one, torch.tensor([10, 80, 90]))
    tensor([0.0000, 0.4000, 1.0000])
    """
    # Products, not ratios: a class without training rows divides nothing.
    first_frequent = (counts >= kappa * partner_counts) & (counts > partner_counts)
    second_frequent = (partner_counts >= kappa * counts) & (partner_counts > counts)
    label = share.masked_fill(first_frequent & (share < tau), 0.0)
    return label.masked_fill(second_frequent & (1 - share < tau), 1.0)


def remix(
    images: Tensor,
    target: Tensor,
    counts: ArrayLike,
    *,
    alpha: float = 1.0,
    kappa: float = 3.0,
    tau: float = 0.5,
    generator: torch.Generator | int | None = None,
) -> tuple[Tensor, Tensor]:
    """Images blended as in `mixup`, labels by `remix_target_share`.

    Chou et al., Remix: Rebalanced Mixup, ECCV workshops 2020, section 3.

    Parameters
    ----------
    images : (N, ...) floats
    target : (N,) class numbers
    counts : (K,) rows a class in the training data
    alpha : above 0, of Beta(alpha, alpha)
    kappa, tau : as in `remix_target_share`
    generator : a torch generator, a seed, or None for torch's global random numbers

    Returns
    -------
    (N, ...) images and (N, K) soft targets whose rows sum to 1.

    Raises
    ------
    ValueError
        As `mixup`; soft targets; kappa below 1 or tau outside [0, 1].
    """
    if target.ndim != 1 or kappa < 1 or not 0 <= tau <= 1:
        raise ValueError(
            f"target must be class numbers (N,), kappa >= 1 and tau in [0, 1], got shape "
            f"{tuple(target.shape)}, kappa={kappa}, tau={tau}"
        )
    n = torch.as_tensor(np.asarray(counts), dtype=torch.float32, device=target.device)
    soft = soft_target(target, len(n))
    partners, share = partners_and_shares(images, alpha, alpha, numpy_generator(generator))
    label = remix_target_share(share, n[target], n[target[partners]], kappa=kappa, tau=tau)
    return blend(images, images[partners], share), blend(soft, soft[partners], label)
