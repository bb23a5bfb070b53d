"""Augmentations by name, as plain data."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from steelyard.core.errors import did_you_mean
from steelyard.engine.augmentation.affine import random_affine
from steelyard.engine.augmentation.colour import colour
from steelyard.engine.augmentation.crop import random_resized_crop
from steelyard.engine.augmentation.erasing import erase
from steelyard.engine.augmentation.flips import flip, flip_and_shift

STEPS: dict[str, Callable[..., Tensor]] = {
    "flip": flip,
    "flip-and-shift": flip_and_shift,
    "affine": random_affine,
    "crop": random_resized_crop,
    "colour": colour,
    "erase": erase,
}
# Each name with its steps in order and their settings.
PRESETS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "none": (),
    "flip": (("flip", {}),),
    "flip-shift": (("flip-and-shift", {}),),
    "strong": (
        ("flip", {}),
        ("affine", {"degrees": 15.0, "scale": (0.85, 1.15), "shift": 0.125}),
        ("colour", {"brightness": 0.3, "contrast": 0.3, "saturation": 0.3}),
        ("erase", {"probability": 0.5, "area": (0.02, 0.2)}),
    ),
}


def augment(images: Tensor, name: str, generator: torch.Generator) -> Tensor:
    """A changed copy of each image by the preset ``name``; ``"none"`` gives them as they are.

    Parameters
    ----------
    images : (N, 3, H, W) pixels of 0..255, uint8 or float.
    name : a key of `PRESETS`.

    Raises
    ------
    ValueError
        There is no such preset, or the images have another shape.

    >>> images = torch.full((2, 3, 8, 8), 200, dtype=torch.uint8)
    >>> copies = augment(images, "strong", torch.Generator().manual_seed(0))
    >>> copies.shape, copies.dtype
    (torch.Size([2, 3, 8, 8]), torch.uint8)
    """
    if name not in PRESETS:
        mend = did_you_mean(name, list(PRESETS)) or f"choose of {', '.join(PRESETS)}"
        raise ValueError(f"there is no augmentation '{name}': {mend}")
    if not PRESETS[name]:  # rows of features too: a network may train on them
        return images
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"images must be (N, 3, H, W), got {tuple(images.shape)}")
    for step, settings in PRESETS[name]:
        images = STEPS[step](images, generator, **settings)
    return images
