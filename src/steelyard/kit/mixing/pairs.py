"""What the mixing methods have in common: partners, shares, soft targets, and the blend."""

import numpy as np
import torch
from torch import Tensor


def blend(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    """``share * first + (1 - share) * second``.

    Parameters
    ----------
    first, second : (N, ...) floats of one shape
    share : (N,) of the first, in [0, 1]

    >>> blend(torch.tensor([[1.0], [1.0]]), torch.tensor([[0.0], [3.0]]), torch.tensor([0.25, 0.5]))
    tensor([[0.2500], [2.0000]])
    """
    rows = share.to(first).reshape(-1, *[1] * (first.ndim - 1))
    return rows * first + (1 - rows) * second


def soft_target(target: Tensor, n_classes: int) -> Tensor:
    """``(N, K)`` float: the one-hot rows of class numbers ``(N,)``; ``(N, K)`` as it is.

    Raises
    ------
    ValueError
        Class numbers outside 0..K-1, or another shape.

    >>> soft_target(torch.tensor([1, 0]), 2)
    tensor([[0., 1.], [1., 0.]])
    """
    if target.ndim == 2 and target.shape[1] == n_classes and target.is_floating_point():
        return target
    if target.ndim != 1 or target.is_floating_point():
        raise ValueError(
            f"target must be class numbers (N,) or floats (N, K={n_classes}), got shape "
            f"{tuple(target.shape)} of {target.dtype}"
        )
    if target.numel() and not 0 <= int(target.min()) <= int(target.max()) < n_classes:
        raise ValueError(
            f"target holds classes {int(target.min())}..{int(target.max())}, n_classes={n_classes} "
            f"allows 0..{n_classes - 1}"
        )
    return torch.nn.functional.one_hot(target.long(), n_classes).float()


def partners_and_shares(
    images: Tensor, a: float, b: float, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """A random partner ``(N,)`` of each row, and a share ``(N,)`` from Beta(a, b) for each pair.

    Raises
    ------
    ValueError
        Images that are no floats, or ``a`` or ``b`` not above 0.
    """
    if not images.is_floating_point() or images.ndim < 2:
        raise ValueError(
            f"images must be floats (N, ...), got shape {tuple(images.shape)} of {images.dtype}"
        )
    if not (a > 0 and b > 0):
        raise ValueError(f"alpha must be above 0, got {min(a, b)}")
    partners = torch.from_numpy(rng.permutation(len(images)))
    shares = torch.from_numpy(rng.beta(a, b, len(images)).astype(np.float32))
    return partners.to(images.device), shares.to(images.device)


def numpy_generator(generator: torch.Generator | int | None) -> np.random.Generator:
    """Torch draws no Beta from a generator; so the generator, which moves on, gives a seed."""
    if isinstance(generator, int | np.integer):
        return np.random.default_rng(generator)
    device = "cpu" if generator is None else generator.device
    seed = torch.randint(2**63 - 1, (), generator=generator, device=device)
    return np.random.default_rng(int(seed))
