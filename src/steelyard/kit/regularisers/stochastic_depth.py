"""Stochastic depth: residual branches left out at random, row by row."""

import torch
from torch import Tensor, nn

from steelyard.kit.regularisers.keep_mask import expect_probability, keep_mask


def linear_survival(depth: int, n_layers: int, last: float = 0.5) -> float:
    """``1 - depth / n_layers (1 - last)``: how likely block ``depth`` of 1..n_layers survives.

    Huang et al., Deep Networks with Stochastic Depth, ECCV 2016, equation 4: early blocks, which
    all later ones build on, are left out less. Depth 0 is the input, which always survives.

    Raises
    ------
    ValueError
        ``depth`` outside 0..n_layers, or ``last`` outside [0, 1].

    >>> [linear_survival(depth, 4) for depth in (1, 2, 3, 4)]
    [0.875, 0.75, 0.625, 0.5]
    """
    if n_layers < 1 or not 0 <= depth <= n_layers or not 0 <= last <= 1:
        raise ValueError(
            f"depth must be in 0..n_layers and last in [0, 1], got depth={depth}, "
            f"n_layers={n_layers}, last={last}"
        )
    return 1 - depth / n_layers * (1 - last)


def stochastic_depth(
    residual: Tensor, p: float, *, training: bool, generator: torch.Generator | None = None
) -> Tensor:
    """Whole rows of the residual (N, ...) set to 0 with probability p, the others ``/ (1 - p)``.

    Huang et al., ECCV 2016, equations 2 and 5, drawn for each row of a batch and not for the batch
    as a whole, and with the survival probability of equation 5 moved from evaluation to training:
    without ``training`` the residual comes back as it is. Dropped rows get a gradient of 0.

    Raises
    ------
    ValueError
        p outside [0, 1].

    >>> stochastic_depth(torch.ones(2, 2), 1.0, training=True)
    tensor([[0., 0.],
            [0., 0.]])
    """
    expect_probability(p)
    if not training or p == 0:
        return residual
    each_row = (len(residual), *[1] * (residual.ndim - 1))
    return residual * keep_mask(each_row, p, residual, generator)


class StochasticDepth(nn.Module):
    """The module of `stochastic_depth`, for ``x + self.drop(self.branch(x))``.

    Parameters
    ----------
    p : probability to leave the branch out, ``1 - linear_survival(depth, n_layers)``
    generator : torch's, on the device of the residuals; None is torch's global random numbers

    Raises
    ------
    ValueError
        p outside [0, 1].

    >>> StochasticDepth(p=1 - linear_survival(1, 4))
    StochasticDepth(p=0.125)
    """

    def __init__(self, p: float, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.p = expect_probability(p)
        self.generator = generator

    def forward(self, residual: Tensor) -> Tensor:
        return stochastic_depth(residual, self.p, training=self.training, generator=self.generator)

    def extra_repr(self) -> str:
        return f"p={self.p}"
