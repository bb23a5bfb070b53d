"""Tau-normalisation: the weights of a trained last layer, made alike in length afterwards."""

import math

import torch
from torch import Tensor, nn

from steelyard.kit.heads.unit_rows import row_norms


def tau_normalised(weight: Tensor, tau: float = 1.0) -> Tensor:
    """``w_k / |w_k|^tau``; (K, D) -> (K, D), in the dtype of the weight.

    Kang et al., Decoupling Representation and Classifier for Long-Tailed Recognition, ICLR 2020,
    equation 3. tau = 0 changes nothing, tau = 1 leaves the directions only, above 1 the short
    weights of rare classes get the advantage. A row of zeros stays as it is.

    Raises
    ------
    ValueError
        A weight that is not (K, D), or a tau that is no finite number.

    >>> tau_normalised(torch.tensor([[3.0, 4.0], [0.0, 0.25]]), tau=0.5)
    tensor([[1.3416, 1.7889],
            [0.0000, 0.5000]])
    """
    if weight.ndim != 2 or not math.isfinite(tau):
        raise ValueError(
            f"weight must be (K, D) and tau a finite number, got {tuple(weight.shape)}, tau={tau}"
        )
    return (weight / row_norms(weight) ** tau).to(weight.dtype)


class TauNormalised(nn.Linear):
    """A trained linear layer with tau-normalised weights and no bias; frozen.

    An nn.Linear with a smaller ``state_dict``, to put in the place of the given layer, which stays
    as it is. Choose tau on held-out rows, in 0..1 as a rule; nothing is trained. The larger tau,
    the smaller the logits, so confidence is not to be compared across taus.

    Parameters
    ----------
    linear : the trained last layer, (N, D) -> (N, K)
    tau : as in `tau_normalised`

    Raises
    ------
    ValueError
        ``linear`` is no nn.Linear; as `tau_normalised`.

    >>> TauNormalised(nn.Linear(64, 10), tau=0.7)
    TauNormalised(in_features=64, out_features=10, bias=False, tau=0.7)
    """

    def __init__(self, linear: nn.Linear, tau: float = 1.0) -> None:
        if not isinstance(linear, nn.Linear):
            raise ValueError(f"linear must be an nn.Linear, got {type(linear).__name__}")
        trained = linear.weight.detach()
        super().__init__(
            linear.in_features,
            linear.out_features,
            bias=False,
            device=trained.device,
            dtype=trained.dtype,
        )
        self.tau = tau
        with torch.no_grad():
            self.weight.copy_(tau_normalised(trained, tau))
        self.requires_grad_(False)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, tau={self.tau}"
