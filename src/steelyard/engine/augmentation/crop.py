"""A part of each image, enlarged to the whole."""

import torch
from torch import Tensor

from steelyard.engine.augmentation.affine import sample
from steelyard.engine.augmentation.drawing import boxes


def random_resized_crop(
    images: Tensor,
    generator: torch.Generator,
    *,
    area: tuple[float, float] = (0.2, 1.0),
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
) -> Tensor:
    """Each image (N, 3, H, W) cut to a rectangle, which is enlarged to (H, W), bilinear.

    Szegedy et al., CVPR 2015, section 6.

    Parameters
    ----------
    area : smallest and largest share of the image, uniform between.
    ratio : smallest and largest width / height, log-uniform between.
    """
    n, _, height, width = images.shape
    top, left, tall, wide = boxes(images, area, ratio, generator)
    back = torch.zeros(n, 2, 2)
    back[:, 0, 0], back[:, 1, 1] = wide / width, tall / height
    origin = torch.stack([left + (wide - width) / 2, top + (tall - height) / 2], 1)
    # The outermost pixels are read half a pixel beyond their centres: repeat them, not black.
    return sample(images, back, origin, "border")
