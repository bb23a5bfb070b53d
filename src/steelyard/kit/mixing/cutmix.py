"""CutMix."""

import torch
from torch import Tensor

from steelyard.kit.mixing.pairs import blend, numpy_generator, partners_and_shares, soft_target


def cut_boxes(share: Tensor, centre: Tensor, height: int, width: int) -> Tensor:
    """True inside the box that is pasted, Yun et al., CutMix, ICCV 2019, equation 2.

    Parameters
    ----------
    share : (N,) of the picture that stays; the box has sides ``sqrt(1 - share)`` of the image's
    centre : (N, 2) row and column of the box's centre, as fractions of height and width

    Returns
    -------
    (N, height, width) bool; a box over the edge is cut off there.

    >>> cut_boxes(torch.tensor([0.75]), torch.tensor([[0.5, 0.0]]), 4, 4).int()
    tensor([[[0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]], dtype=torch.int32)
    """
    sides = []
    for axis, size in enumerate((height, width)):
        length = (size * (1 - share).clamp(min=0).sqrt()).floor()
        middle = (size * centre[:, axis]).floor()
        start = middle - (length / 2).floor()
        places = torch.arange(size, device=share.device)
        sides.append((places >= start[:, None]) & (places < (start + length)[:, None]))
    return sides[0][:, :, None] & sides[1][:, None, :]


def cutmix(
    images: Tensor,
    target: Tensor,
    n_classes: int,
    *,
    alpha: float = 1.0,
    generator: torch.Generator | int | None = None,
) -> tuple[Tensor, Tensor]:
    """A box of each image replaced by the same box of another; targets by the areas.

    Yun et al., CutMix, ICCV 2019, equations 1 and 2: lambda from Beta(alpha, alpha), the box's
    centre anywhere in the image, a box over the edge cut off. The target's share is the area that
    really stayed, as in the paper's code. Every pair has its own box.

    Parameters
    ----------
    images : (N, C, H, W) floats
    target : (N,) class numbers, or (N, K) floats
    n_classes : K
    alpha : above 0
    generator : a torch generator, a seed, or None for torch's global random numbers

    Returns
    -------
    (N, C, H, W) images and (N, K) soft targets whose rows sum to 1.

    Raises
    ------
    ValueError
        As `mixup`, or images that are not (N, C, H, W).
    """
    if images.ndim != 4:
        raise ValueError(f"images must be (N, C, H, W), got shape {tuple(images.shape)}")
    rng = numpy_generator(generator)
    partners, share = partners_and_shares(images, alpha, alpha, rng)
    centre = torch.from_numpy(rng.random((len(images), 2))).to(images.device)
    boxes = cut_boxes(share, centre, *images.shape[2:])
    stays = 1 - boxes.float().mean(dim=(1, 2))
    soft = soft_target(target, n_classes)
    mixed = torch.where(boxes[:, None], images[partners], images)
    return mixed, blend(soft, soft[partners], stays)
