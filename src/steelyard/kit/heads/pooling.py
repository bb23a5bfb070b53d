"""Pooling of feature maps of any size to features of one length, for a head to read."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class GlobalAveragePooling(nn.Module):
    """The mean of each map; (N, C, H, W) -> (N, C).

    Lin et al., Network in Network, ICLR 2014, section 3.2.

    Raises
    ------
    ValueError
        Maps that are not (N, C, H, W) with H, W >= 1.

    >>> GlobalAveragePooling()(torch.tensor([[[[1.0, 3.0]]]]))
    tensor([[2.]])
    """

    def forward(self, maps: Tensor) -> Tensor:
        return expect_maps(maps).mean(dim=(2, 3))


class SpatialPyramidPooling(nn.Module):
    """Each map pooled in grids of l x l bins; (N, C, H, W) -> (N, C * sum of l^2).

    He et al., Spatial Pyramid Pooling in Deep Convolutional Networks, ECCV 2014, section 2.2, with
    the bins of its appendix: bin i of l reaches from ``floor(i/l W)`` to ``ceil((i+1)/l W)``, so
    bins overlap where l does not divide W, and maps smaller than a grid are read as well.
    Features are ordered by level, then channel, then row and column of the bin.

    Parameters
    ----------
    levels : l of each grid
    pool : the paper's ``max``, or ``average``

    Raises
    ------
    ValueError
        Levels that are not whole numbers >= 1, another name of pooling, maps as in
        `GlobalAveragePooling`.

    >>> pyramid = SpatialPyramidPooling((1, 2))
    >>> pyramid(torch.arange(16.0).reshape(1, 1, 4, 4))
    tensor([[15.,  5.,  7., 13., 15.]])
    >>> pyramid.n_features(n_channels=256)
    1280
    """

    def __init__(
        self, levels: tuple[int, ...] = (1, 2, 4), *, pool: Literal["max", "average"] = "max"
    ) -> None:
        super().__init__()
        self.levels = tuple(levels)
        if not self.levels or not all(isinstance(n, int) and n >= 1 for n in self.levels):
            raise ValueError(f"levels must be whole numbers >= 1, such as (1, 2, 4), got {levels}")
        if pool not in ("max", "average"):
            raise ValueError(f"pool must be 'max' or 'average', got {pool!r}")
        self.pool = pool

    def forward(self, maps: Tensor) -> Tensor:
        pooled = F.adaptive_max_pool2d if self.pool == "max" else F.adaptive_avg_pool2d
        expect_maps(maps)
        return torch.cat([pooled(maps, level).flatten(1) for level in self.levels], dim=1)

    def n_features(self, n_channels: int) -> int:
        """D of the head that reads the features of C channels."""
        return n_channels * sum(level**2 for level in self.levels)

    def extra_repr(self) -> str:
        return f"levels={self.levels}, pool={self.pool!r}"


def expect_maps(maps: Tensor) -> Tensor:
    """The maps; ValueError where they are no (N, C, H, W) with something to pool."""
    if maps.ndim != 4 or 0 in maps.shape[2:]:
        raise ValueError(f"maps must be (N, C, H, W) with H, W >= 1, got {tuple(maps.shape)}")
    return maps
