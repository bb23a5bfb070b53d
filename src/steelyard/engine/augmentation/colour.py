"""Brightness, contrast and saturation, each image with its own."""

import torch
from torch import Tensor

from steelyard.engine.augmentation.drawing import as_pixels, in_pieces, uniform

GREY = (0.299, 0.587, 0.114)  # share of red, green and blue in what the eye sees, ITU-R BT.601


def colour(
    images: Tensor,
    generator: torch.Generator,
    *,
    brightness: float = 0.0,
    contrast: float = 0.0,
    saturation: float = 0.0,
    grey: float = 0.0,
) -> Tensor:
    """Each image (N, 3, H, W) times a factor, then spread about its mean grey, then coloured.

    Parameters
    ----------
    brightness, contrast, saturation : each image's factor is uniform in 1 - this .. 1 + this;
        0 changes nothing, and at 1 the factor may be 0: black, one grey, no colour.
    grey : probability that an image loses its colour altogether.

    Returns
    -------
    (N, 3, H, W) of the same dtype, in 0..255.
    """
    n = len(images)
    bright = uniform(n, 1 - brightness, 1 + brightness, generator)
    spread = uniform(n, 1 - contrast, 1 + contrast, generator)
    vivid = uniform(n, 1 - saturation, 1 + saturation, generator)
    vivid = vivid.masked_fill(torch.rand(n, generator=generator) < grey, 0.0)
    return colour_by(images, bright, spread, vivid)


def colour_by(images: Tensor, bright: Tensor, spread: Tensor, vivid: Tensor) -> Tensor:
    """Images with given factors (N,) of brightness, contrast and saturation.

    With b, c, s the factors, g the grey of a pixel and m the mean g of the image, a pixel p becomes
    b (c (s p + (1 - s) g) + (1 - c) m): a matrix on (red, green, blue) and a constant.
    """
    device = images.device
    b, c, s = (factor.to(device)[:, None, None] for factor in (bright, spread, vivid))
    shares = torch.tensor(GREY, device=device)
    mix = b * c * (s * torch.eye(3, device=device) + (1 - s) * shares)
    of_mean = b * (1 - c)

    def coloured(part: Tensor, rows: slice) -> Tensor:
        pixels = part.float().flatten(2)
        mean = (pixels.mean(2) @ shares)[:, None, None]
        values = torch.baddbmm(of_mean[rows] * mean, mix[rows], pixels)
        return as_pixels(values.clamp_(0, 255), part).reshape(part.shape)

    return in_pieces(images, coloured)
