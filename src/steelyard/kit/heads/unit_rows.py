"""Rows brought to length 1, without harm from rows of length 0."""

import torch
from torch import Tensor


def row_norms(x: Tensor) -> Tensor:
    """Euclidean lengths (N, 1) of the rows of (N, D) to divide by; a row of zeros has 1.

    Half precisions are measured in float32, whose range holds the squares.
    """
    norms: Tensor = torch.linalg.vector_norm(_wide(x), dim=1, keepdim=True)
    return norms.masked_fill(norms == 0, 1.0)


def unit_rows(x: Tensor) -> Tensor:
    """The directions (N, D) of the rows, float32 or better; zeros stay zeros.

    A tiny number in the divisor, as is usual, gives a row of zeros a gradient of a million and
    more; here it is of the size of the others.

    >>> unit_rows(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    return _wide(x) / row_norms(x)


def _wide(x: Tensor) -> Tensor:
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
