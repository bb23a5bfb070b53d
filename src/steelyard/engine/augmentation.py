"""Changed copies of a whole batch of images at once."""

import torch
from torch import Tensor
from torch.nn.functional import pad

MOST_SHIFT = 4  # px of 32


def flip_and_shift(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image (N, 3, H, W) mirrored with probability 1/2 and moved by up to 4 px each way."""
    n, _, height, width = images.shape
    mirrored = torch.rand(n, generator=generator) < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    padded = pad(images, [MOST_SHIFT] * 4)
    down, right = torch.randint(0, 2 * MOST_SHIFT + 1, (2, n, 1), generator=generator)
    y, x = down + torch.arange(height), right + torch.arange(width)
    # One gather for the whole batch: row n, all channels, its own window.
    return padded[torch.arange(n)[:, None, None], :, y[:, :, None], x[:, None, :]].movedim(3, 1)
