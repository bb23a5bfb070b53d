"""Turned, scaled and moved copies in one pass: one affine grid, one bilinear sampling."""

import math

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from steelyard.engine.augmentation.drawing import as_pixels, in_pieces, uniform


def affine(images: Tensor, degrees: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Each image turned and scaled about its centre, then moved; black where nothing was.

    Parameters
    ----------
    images : (N, 3, H, W) uint8 or float.
    degrees : (N,) counter-clockwise.
    scale : (N,) above 0; 2 shows everything at twice the size.
    shift : (N, 2) px to the right and down.

    Returns
    -------
    (N, 3, H, W) of the same dtype, bilinear.
    """
    angle = degrees * (math.pi / 180)
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    # From a pixel of the copy back to its source: undo the shift, then the turn and the scale.
    back = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
    origin = -(back @ shift[:, :, None])[:, :, 0]
    return sample(images, back, origin, "zeros")


def random_affine(
    images: Tensor,
    generator: torch.Generator,
    *,
    degrees: float = 0.0,
    scale: tuple[float, float] = (1.0, 1.0),
    shift: float = 0.0,
) -> Tensor:
    """Each image turned by up to ``degrees`` either way, scaled, and moved; see `affine`.

    Parameters
    ----------
    images : (N, 3, H, W) uint8 or float.
    scale : smallest and largest.
    shift : the most, as a share of height and of width, in each direction.
    """
    n, _, height, width = images.shape
    turn = uniform(n, -degrees, degrees, generator)
    size = uniform(n, *scale, generator)
    right = uniform(n, -shift * width, shift * width, generator)
    down = uniform(n, -shift * height, shift * height, generator)
    return affine(images, turn, size, torch.stack([right, down], 1))


def sample(images: Tensor, back: Tensor, origin: Tensor, padding: str) -> Tensor:
    """For each pixel of a copy, the image at ``back @ position + origin``, bilinear.

    Parameters
    ----------
    back : (N, 2, 2), on positions (x, y) in px from the centre.
    origin : (N, 2) px from the centre, where the copy's centre is read.
    padding : ``"zeros"`` or ``"border"``, what lies outside.
    """
    height, width = images.shape[2:]
    device = images.device
    sides = torch.tensor([width, height], dtype=torch.float32)
    # grid_sample's own units, in which every side is 2 long.
    back = (back * (sides[None, None, :] / sides[None, :, None])).to(device)
    origin = (origin * 2 / sides).to(device)
    x = (2 * torch.arange(width, device=device) + 1) / width - 1
    y = (2 * torch.arange(height, device=device) + 1) / height - 1

    def sampled(part: Tensor, rows: slice) -> Tensor:
        grid = torch.empty(len(part), height, width, 2, device=device)
        # By broadcasting: five times as fast as affine_grid, which multiplies matrices.
        for k in (0, 1):
            along = back[rows, k, 0, None] * x + origin[rows, k, None]
            torch.add(along[:, None, :], (back[rows, k, 1, None] * y)[:, :, None], out=grid[..., k])
        values = grid_sample(part.float(), grid, padding_mode=padding, align_corners=False)
        return as_pixels(values, part)

    return in_pieces(images, sampled)
