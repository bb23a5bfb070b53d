"""Penalties on the size of the parameters, to be added to a loss."""

from collections.abc import Iterable

import torch
from torch import Tensor

from steelyard.kit.losses.inputs import full_precision


def l1_penalty(parameters: Tensor | Iterable[Tensor], *, strength: float = 1e-4) -> Tensor:
    """``strength * sum |w|``; drives parameters to exactly 0 (Tibshirani, Lasso, 1996).

    Parameters
    ----------
    parameters : tensors of any shapes. Biases and norms are usually left out:
        ``[p for p in model.parameters() if p.ndim > 1]``
    strength : >= 0

    Raises
    ------
    ValueError
        No parameters, or a negative strength.

    >>> import torch
    >>> l1_penalty([torch.tensor([3.0, -4.0])], strength=1.0)
    tensor(7.)
    """
    return elastic_net_penalty(parameters, l1=strength, l2=0.0)


def l2_penalty(parameters: Tensor | Iterable[Tensor], *, strength: float = 1e-4) -> Tensor:
    """``strength * sum w^2``; shrinks parameters. Without the 1/2 of an optimiser's weight decay.

    Otherwise as ``l1_penalty``.

    >>> import torch
    >>> l2_penalty([torch.tensor([3.0, -4.0])], strength=1.0)
    tensor(25.)
    """
    return elastic_net_penalty(parameters, l1=0.0, l2=strength)


def elastic_net_penalty(
    parameters: Tensor | Iterable[Tensor], *, l1: float = 1e-4, l2: float = 1e-4
) -> Tensor:
    """``l1 * sum |w| + l2 * sum w^2`` (Zou and Hastie, 2005, equation 3).

    Otherwise as ``l1_penalty``.

    >>> import torch
    >>> elastic_net_penalty([torch.tensor([3.0, -4.0])], l1=1.0, l2=1.0)
    tensor(32.)
    """
    if not (l1 >= 0 and l2 >= 0):
        raise ValueError(f"strengths must be >= 0, got {max(l1, l2)} and {min(l1, l2)}")
    tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    if not tensors:
        raise ValueError("parameters must hold at least one tensor")
    terms = []
    for tensor in tensors:
        w = full_precision(tensor, "parameters")
        # A strength of 0 is left out: 0 times an infinite square is no number.
        if l1:
            terms.append(l1 * w.abs().sum())
        if l2:
            terms.append(l2 * w.square().sum())
    return torch.stack(terms).sum() if terms else 0 * tensors[0].sum()
