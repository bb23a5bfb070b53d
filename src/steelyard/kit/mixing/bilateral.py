"""The mixing of BBN: two branches' features, from the data's own to the reversed distribution."""

import torch
from torch import Tensor


def bilateral_share(epoch: int, n_epochs: int) -> float:
    """``1 - (T / T_max) ** 2``, the share of the conventional branch and of its loss.

    Zhou et al., BBN: Bilateral-Branch Network with Cumulative Learning, CVPR 2020,
    section 4.3.

    Parameters
    ----------
    epoch : T, from 0
    n_epochs : T_max. The official code takes 100 for 90 epochs and 200 for 180

    Raises
    ------
    ValueError
        ``epoch`` outside 0..n_epochs.

    >>> bilateral_share(100, 200)
    0.75
    """
    if not 0 <= epoch <= n_epochs or n_epochs < 1:
        raise ValueError(f"epoch must be in 0..n_epochs, got epoch={epoch}, n_epochs={n_epochs}")
    return 1 - (epoch / n_epochs) ** 2


def bilateral_features(features: Tensor, reversed_features: Tensor, share: float) -> Tensor:
    """``2 [share f, (1 - share) f_reversed]``: what one linear layer of 2 D columns classifies.

    Zhou et al., CVPR 2020, equation 1, with the factor 2 of the official code, which keeps the
    scale of one branch at the start. The loss is ``share * CE(target) + (1 - share) *
    CE(reversed target)``, equation 3: a cross-entropy with the soft target of that blend.

    Parameters
    ----------
    features, reversed_features : (N, D) of the conventional and the re-balancing branch, whose
        rows a shuffle and ``PowerSampler(target, q=-1)`` draw
    share : from `bilateral_share`

    Returns
    -------
    (N, 2 D)

    >>> bilateral_features(torch.ones(1, 1), torch.ones(1, 1), 0.75)
    tensor([[1.5000, 0.5000]])
    """
    return 2 * torch.cat([share * features, (1 - share) * reversed_features], dim=1)
