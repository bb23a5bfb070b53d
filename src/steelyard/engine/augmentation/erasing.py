"""A rectangle of noise in place of a part of the image."""

import torch
from torch import Tensor

from steelyard.engine.augmentation.drawing import boxes


def erase(
    images: Tensor,
    generator: torch.Generator,
    *,
    probability: float = 0.5,
    area: tuple[float, float] = (0.02, 0.4),
    ratio: tuple[float, float] = (0.3, 1 / 0.3),
) -> Tensor:
    """Some images (N, 3, H, W) with a rectangle of random pixels.

    Zhong et al., Random Erasing Data Augmentation, AAAI 2020, algorithm 1; the defaults are theirs.

    Parameters
    ----------
    probability : that an image is changed.
    area : smallest and largest share of the image, uniform between; to the nearest whole pixels.
    ratio : smallest and largest width / height, log-uniform between.
    """
    n, _, height, width = images.shape
    chosen = torch.rand(n, generator=generator) < probability
    top, left, tall, wide = (edge[:, None] for edge in boxes(images, area, ratio, generator))
    rows = _between(height, top, tall) & chosen[:, None]
    inside = rows[:, None, :, None] & _between(width, left, wide)[:, None, None, :]
    noise = _noise(images.numel(), generator).reshape(images.shape)
    noise = noise.to(images.device, images.dtype)
    return torch.where(inside.to(images.device), noise, images)


def _noise(n: int, generator: torch.Generator) -> Tensor:
    """(n,) random bytes, eight to a draw: a draw for each would take four times as long."""
    words = torch.empty(-(-n // 8), dtype=torch.int64)
    return words.random_(-(2**63), None, generator=generator).view(torch.uint8)[:n]


def _between(side: int, start: Tensor, length: Tensor) -> Tensor:
    """(N, side): which pixels lie in a stretch, its length rounded to at least one pixel."""
    length = length.round().clamp(min=1)
    start = torch.minimum(start.round(), side - length)
    place = torch.arange(side)
    return (place >= start) & (place < start + length)
