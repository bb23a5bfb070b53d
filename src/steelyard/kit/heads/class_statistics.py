"""What the features of each class look like: means, spread about them, shrunk covariance."""

import torch
from torch import Tensor


def class_means(features: Tensor, target: Tensor, n_classes: int) -> tuple[Tensor, Tensor]:
    """Means (K, D) and rows (K,) of the classes; a class without rows has a mean of zeros.

    >>> class_means(torch.tensor([[1.0], [3.0]]), torch.tensor([0, 0]), 2)
    (tensor([[2.],
            [0.]]), tensor([2, 0]))
    """
    counts = torch.bincount(target, minlength=n_classes)
    sums = features.new_zeros(n_classes, features.shape[1]).index_add_(0, target, features)
    return sums / counts.clamp_min(1)[:, None], counts


def residuals(features: Tensor, target: Tensor, n_classes: int) -> tuple[Tensor, int]:
    """Every row less the mean of its class (N, D), and how many of the N are free.

    A mean fits one row of its class for nothing, so of N rows N less the classes that have any are
    free: the divisor that makes variances unbiased however few rows the tail has.

    Raises
    ------
    ValueError
        All rows equal the mean of their class: nothing tells how far rows stray.
    """
    means, counts = class_means(features, target, n_classes)
    n_free = len(features) - int((counts > 0).sum())
    stray = features - means[target]
    if n_free == 0 or not stray.any():
        raise ValueError(
            f"features must stray within some class, to tell near from far: all {len(features)} "
            f"rows equal the mean of their class; give a class a second, different row"
        )
    return stray, n_free


def shrunk_covariance(stray: Tensor, n_free: int, shrinkage: float | None = None) -> Tensor:
    """``(1 - a) S + a tr(S)/D I`` (D, D), with ``S = sum of stray stray^T / n_free``.

    Ledoit & Wolf, A well-conditioned estimator for large-dimensional covariance matrices, Journal
    of Multivariate Analysis 2004.

    Parameters
    ----------
    stray : (N, D) rows less the mean of their class
    n_free : as in `residuals`
    shrinkage : a in [0, 1]; None is `ledoit_wolf_shrinkage`

    >>> shrunk_covariance(torch.tensor([[2.0, 0.0], [0.0, 0.0]]), 2, shrinkage=0.5)
    tensor([[1.5000, 0.0000],
            [0.0000, 0.5000]])
    """
    scatter = stray.T @ stray
    a = ledoit_wolf_shrinkage(stray, scatter) if shrinkage is None else shrinkage
    covariance: Tensor = (1 - a) * scatter / n_free
    covariance.diagonal().add_(a * scatter.trace() / (n_free * len(scatter)))
    return covariance


def ledoit_wolf_shrinkage(stray: Tensor, scatter: Tensor) -> float:
    """How much of the covariance is noise, in [0, 1]; Ledoit & Wolf 2004, section 3.2.

    Parameters
    ----------
    stray : (N, D) with mean 0
    scatter : (D, D), ``stray^T stray``
    """
    n, d = stray.shape
    square = scatter.square().sum()
    # N^2 times the squared distance of S from a multiple of I, and N^2 times its expected noise
    distance = square - scatter.trace() ** 2 / d
    noise = stray.square().sum(dim=1).square().sum() - square / n
    return 1.0 if distance <= 0 else float((noise / distance).clamp(0, 1))
