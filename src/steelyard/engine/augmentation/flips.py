"""Mirrored and moved copies by whole pixels: no pixel is invented."""

import torch
from torch import Tensor
from torch.nn.functional import pad

MOST_SHIFT = 4  # px of 32


def flip(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image (N, 3, H, W) mirrored left to right with probability 1/2."""
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(mirrored.to(images.device)[:, None, None, None], images.flip(3), images)


def flip_and_shift(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image (N, 3, H, W) mirrored with probability 1/2 and moved by up to 4 px each way."""
    n, _, height, width = images.shape
    padded = pad(flip(images, generator), [MOST_SHIFT] * 4)
    shift = torch.randint(0, 2 * MOST_SHIFT + 1, (2, n, 1), generator=generator)
    down, right = shift.to(images.device)
    y = down + torch.arange(height, device=images.device)
    x = right + torch.arange(width, device=images.device)
    row = torch.arange(n, device=images.device)[:, None, None]
    # One gather for the whole batch: row n, all channels, its own window.
    return padded[row, :, y[:, :, None], x[:, None, :]].movedim(3, 1)
