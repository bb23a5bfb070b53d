"""Random numbers, one an image, and pixels in the dtype they came in."""

from collections.abc import Callable

import torch
from torch import Tensor


def uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """(n,) numbers between low and high."""
    return low + (high - low) * torch.rand(n, generator=generator)


def boxes(
    images: Tensor,
    area: tuple[float, float],
    ratio: tuple[float, float],
    generator: torch.Generator,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A rectangle inside each image: top, left, height and width in px, (N,) floats each.

    Its area is uniform in ``area`` (a share of the image), width / height log-uniform in ``ratio``,
    but never so slim that the rectangle would leave the image.
    """
    n, _, height, width = images.shape
    share = uniform(n, *area, generator)
    slim = torch.exp(uniform(n, *torch.tensor(ratio).log().tolist(), generator))
    slim = slim.clamp(share * width / height, width / (share * height))
    tall = (share * height * width / slim).sqrt()
    wide = (share * height * width * slim).sqrt()
    top, left = torch.rand(2, n, generator=generator)
    return top * (height - tall), left * (width - wide), tall, wide


def as_pixels(values: Tensor, like: Tensor) -> Tensor:
    """Values in the dtype of ``like``: uint8 rounded and kept in 0..255, floats as they are."""
    if like.dtype == torch.uint8:
        return values.round().clamp(0, 255).byte()
    return values.to(like.dtype)


PIECE = (
    2**17
)  # numbers, half a MiB as floats: what is written is read again while still in the cache


def in_pieces(images: Tensor, changed: Callable[[Tensor, slice], Tensor]) -> Tensor:
    """``changed(images[rows], rows)`` over a few rows at a time, which large batches like better.

    512 images of 32 px through an affine grid, a second of one core: 40,000 whole, 53,000 so.
    """
    rows = max(1, PIECE // max(1, images.shape[1:].numel()))
    if len(images) <= rows or images.device.type != "cpu":
        return changed(images, slice(None))
    out = torch.empty_like(images)
    for start in range(0, len(images), rows):
        piece = slice(start, start + rows)
        out[piece] = changed(images[piece], piece)
    return out
