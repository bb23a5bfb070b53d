"""Changed copies of a whole batch of images at once, drawn from a generator.

Images are (N, 3, H, W) pixels of 0..255, as uint8 or float, before they are normalised; what comes
back has their shape and dtype. The same generator state gives the same copies.
"""

from steelyard.engine.augmentation.affine import affine, random_affine
from steelyard.engine.augmentation.colour import colour
from steelyard.engine.augmentation.contrastive import views
from steelyard.engine.augmentation.crop import random_resized_crop
from steelyard.engine.augmentation.erasing import erase
from steelyard.engine.augmentation.flips import flip, flip_and_shift
from steelyard.engine.augmentation.presets import PRESETS, augment

__all__ = [
    "PRESETS",
    "affine",
    "augment",
    "colour",
    "erase",
    "flip",
    "flip_and_shift",
    "random_affine",
    "random_resized_crop",
    "views",
]
