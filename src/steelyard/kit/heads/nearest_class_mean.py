"""Nearest class mean: no weights are learnt, so a class with few rows has no smaller ones."""

from typing import Literal, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steelyard.kit.heads.class_statistics import class_means, residuals, shrunk_covariance
from steelyard.kit.heads.unit_rows import unit_rows

Distance = Literal["euclidean", "cosine", "mahalanobis"]


class NearestClassMean(nn.Module):
    """The class whose mean is nearest; features (N, D) -> logits (N, K). Made by `fit`.

    Kang et al., Decoupling Representation and Classifier, ICLR 2020, section 4. The logits are
    log likelihoods, less what all classes of a row share, under one spread for all classes, so
    that their softmax is the probability of each class where all are as frequent:

    - ``euclidean``: normal, one variance for all features; ``-|x - m_k|^2 / (2 s^2)``.
    - ``mahalanobis``: normal, one covariance: linear discriminant analysis with equal priors.
      The covariance is shrunk to the euclidean one, which is ``shrinkage=1``.
    - ``cosine``: von Mises-Fisher on the directions of the features; ``kappa cos(x, m_k)``, where
      m_k is the mean of the directions.

    A class without rows has logit -inf and probability 0. The parts are buffers: the head is saved
    and moved with the network, and no optimiser sees it.
    """

    weight: Tensor
    bias: Tensor
    centre: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, centre: Tensor, distance: Distance) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.register_buffer("centre", centre)
        self.distance = distance

    @classmethod
    def fit(
        cls,
        features: Tensor,
        target: Tensor,
        n_classes: int,
        *,
        distance: Distance = "euclidean",
        shrinkage: float | None = None,
    ) -> Self:
        """The head of these rows, in the dtype of the features, computed in float64.

        Parameters
        ----------
        features : (N, D) floats. Euclidean and shrunk distances depend on their units: bring
            features of unlike scales to one scale before
        target : (N,) class numbers in 0..K-1
        n_classes : K
        distance : see above
        shrinkage : of mahalanobis, in [0, 1]; 0 trusts the rows' covariance as it is. None is
            Ledoit & Wolf's, which needs no tuning

        Raises
        ------
        ValueError
            Features or target of another shape or kind, not finite, or out of range; another name
            of distance; shrinkage outside [0, 1] or beside another distance; no class with two
            different rows; a covariance that has no inverse.

        >>> features = torch.tensor([[-2.0], [0.0], [2.0], [4.0]])
        >>> head = NearestClassMean.fit(features, torch.tensor([0, 0, 1, 1]), n_classes=3)
        >>> head(torch.tensor([[1.0], [2.0]])).softmax(dim=1)
        tensor([[0.5000, 0.5000, 0.0000],
                [0.1192, 0.8808, 0.0000]])
        """
        target = _checked(features, target, n_classes)
        if distance not in ("euclidean", "cosine", "mahalanobis"):
            raise ValueError(f"distance must be euclidean, cosine or mahalanobis, got {distance!r}")
        if shrinkage is not None and (distance != "mahalanobis" or not 0 <= shrinkage <= 1):
            raise ValueError(
                f"shrinkage must be in [0, 1] and belongs to distance='mahalanobis', "
                f"got {shrinkage} with {distance!r}"
            )
        x = features.detach().double()
        if distance == "cosine":
            parts = _directions(x, target, n_classes)
        else:
            parts = _normal(x, target, n_classes, 1.0 if distance == "euclidean" else shrinkage)
        weight, bias, centre = (part.to(features.dtype) for part in parts)
        return cls(weight, bias, centre, distance)

    def forward(self, features: Tensor) -> Tensor:
        if self.distance == "cosine":
            return F.linear(unit_rows(features).to(self.weight), self.weight, self.bias)
        # Centred first: far from the origin the difference of two large numbers would be lost.
        return F.linear(features - self.centre, self.weight, self.bias)

    def extra_repr(self) -> str:
        n_classes, n_features = self.weight.shape
        return f"{n_features}, {n_classes}, distance={self.distance!r}"


Parts = tuple[Tensor, Tensor, Tensor]  # weight (K, D), bias (K,), centre (D,)


def _normal(x: Tensor, target: Tensor, n_classes: int, shrinkage: float | None) -> Parts:
    """``w_k = C^-1 m_k`` and ``b_k = -m_k C^-1 m_k / 2``, with means from the centre of all."""
    means, counts = class_means(x, target, n_classes)
    centre = means[counts > 0].mean(dim=0)
    means = means - centre
    covariance = shrunk_covariance(*residuals(x, target, n_classes), shrinkage)
    factor, failed = torch.linalg.cholesky_ex(covariance)
    if failed:
        raise ValueError(
            f"the covariance of {x.shape[1]} features within classes has no inverse with "
            f"shrinkage={shrinkage}; give a shrinkage above 0, or None"
        )
    weight = torch.cholesky_solve(means.T, factor).T
    bias = -(means * weight).sum(dim=1) / 2
    return weight.masked_fill(counts[:, None] == 0, 0), _absent_never(bias, counts), centre


def _directions(x: Tensor, target: Tensor, n_classes: int) -> Parts:
    """``w_k = kappa m_k / |m_k|``, with kappa by Banerjee et al., JMLR 2005, equation 4.4."""
    x = unit_rows(x)
    _, n_free = residuals(x, target, n_classes)
    means, counts = class_means(x, target, n_classes)
    means = unit_rows(means)
    # Of N rows n_free are free, as for a variance: 2 kappa (1 - cos) is a square for large kappa.
    apart = (1 - (x * means[target]).sum(dim=1)).sum() / n_free
    length, d = (1 - apart).clamp(1e-6, 1 - 1e-12), x.shape[1]
    kappa = length * (d - length**2) / (1 - length**2)
    bias = _absent_never(torch.zeros_like(means[:, 0]), counts)
    return kappa * means, bias, torch.zeros_like(x[0])


def _absent_never(bias: Tensor, counts: Tensor) -> Tensor:
    return bias.masked_fill(counts == 0, -torch.inf)


def _checked(features: Tensor, target: Tensor, n_classes: int) -> Tensor:
    """The target as int64 beside the features, both found fit for use."""
    shape = tuple(features.shape)
    if len(shape) != 2 or 0 in shape or not features.is_floating_point():
        raise ValueError(f"features must be floats (N, D), got {features.dtype} {shape}")
    if not features.isfinite().all():
        raise ValueError("features must be finite, got NaN or infinity; leave those rows out")
    if target.shape != (shape[0],) or target.is_floating_point() or target.dtype == torch.bool:
        raise ValueError(
            f"target must be class numbers ({shape[0]},), got {target.dtype} {tuple(target.shape)}"
        )
    low, high = (int(end) for end in target.aminmax())
    if low < 0 or high >= n_classes:
        raise ValueError(f"target must be in 0..{n_classes - 1}, got {low}..{high}")
    return target.long().to(features.device)
