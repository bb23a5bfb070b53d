"""Two views of each image, for a network that learns to tell which belong together."""

import torch
from torch import Tensor

from steelyard.engine.augmentation.colour import colour
from steelyard.engine.augmentation.crop import random_resized_crop
from steelyard.engine.augmentation.flips import flip


def views(images: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Two independent views (N, 3, H, W) of each image: cropped, mirrored, coloured, some grey.

    After Chen et al., SimCLR, ICML 2020, appendix A and B.9 (for CIFAR-10, without blur), at half
    the strength of colour; hues stay as they are.
    """
    return view(images, generator), view(images, generator)


def view(images: Tensor, generator: torch.Generator) -> Tensor:
    cropped = flip(random_resized_crop(images, generator), generator)
    strength = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4}
    return colour(cropped, generator, **strength, grey=0.2)
