"""DropConnect: dropout of the weights of a linear layer instead of its outputs."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steelyard.kit.regularisers.keep_mask import expect_probability, keep_mask


class DropConnect(nn.Linear):
    """torch's Linear, each weight and bias of which is dropped with probability p in training.

    Wan et al., Regularization of Neural Networks using DropConnect, ICML 2013, section 3.1. In
    evaluation it is the plain layer with all weights: the mean over all masks. (The paper samples
    from the normal distribution with that mean, section 3.2, and averages after the activation.)

    Parameters
    ----------
    in_features, out_features, bias : as in nn.Linear, whose ``state_dict`` it shares
    p : probability to drop, the paper's ``1 - p``
    per_row : a mask for each row of the batch, as in the paper, which takes memory for
        rows x out_features x in_features numbers; False shares one mask among the batch
    generator : torch's, on the device of the weights; None is torch's global random numbers

    Raises
    ------
    ValueError
        p outside [0, 1].

    >>> layer = DropConnect(3, 2, p=0.5)
    >>> layer.load_state_dict(nn.Linear(3, 2).state_dict())
    <All keys matched successfully>
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        p: float = 0.5,
        per_row: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(in_features, out_features, bias)
        self.p = expect_probability(p)
        self.per_row = per_row
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """(..., in_features) -> (..., out_features)."""
        if not self.training or self.p == 0:
            return F.linear(x, self.weight, self.bias)
        if not self.per_row:
            return F.linear(x, self._dropped(self.weight), self._dropped(self.bias))
        rows = x.reshape(-1, self.in_features)
        weight = self._dropped(self.weight, len(rows))
        out = torch.einsum("noi,ni->no", weight, rows)
        if self.bias is not None:
            out = out + self._dropped(self.bias, len(rows))
        return out.reshape(*x.shape[:-1], self.out_features)

    def _dropped(self, values: Tensor, *rows: int) -> Tensor:
        return values * keep_mask((*rows, *values.shape), self.p, values, self.generator)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, p={self.p}, per_row={self.per_row}"
