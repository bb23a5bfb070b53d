"""The cosine head: a class wins by the direction of its weights, not by their length."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steelyard.kit.heads.unit_rows import unit_rows


class CosineHead(nn.Module):
    """``scale * cos(features, w_k)``; (N, D) -> (N, K), float32 or better.

    Plain training gives frequent classes long weights, and length is an advantage; here no class
    has it. Gidaris & Komodakis, Dynamic Few-Shot Visual Learning without Forgetting, CVPR 2018,
    cosine-similarity based recognition model of section 3, which also leaves out the ReLU before
    the head: signs belong to a direction, so features that are given should be centred. With the
    LDAM loss take ``scale=1, learn_scale=False``, for Cao et al., NeurIPS 2019, have the scale in
    the loss. Features of zeros give zeros.

    Parameters
    ----------
    n_features, n_classes : D, K
    scale : inverse temperature of the softmax, above 0. K classes need more than about ``log K``
        to be told apart with certainty, for cosines end at 1
    learn_scale : train the scale along, as the paper does; otherwise it is a buffer

    Raises
    ------
    ValueError
        A scale that is not above 0.

    >>> head = CosineHead(2, 2, scale=1.0, learn_scale=False)
    >>> head.weight.data = torch.tensor([[2.0, 0.0], [0.0, 0.1]])
    >>> head(torch.tensor([[3.0, 4.0]])).detach()
    tensor([[0.6000, 0.8000]])
    """

    scale: Tensor

    def __init__(
        self, n_features: int, n_classes: int, *, scale: float = 10.0, learn_scale: bool = True
    ) -> None:
        super().__init__()
        if not 0 < scale < float("inf"):
            raise ValueError(f"scale must be a number above 0, got {scale}")
        # Every direction is as likely to start with. The length is 1 because the gradient falls
        # with it: at the length of normal numbers, sqrt(D), learning would take D times as long.
        self.weight = nn.Parameter(unit_rows(torch.randn(n_classes, n_features)))
        start = torch.tensor(float(scale))
        if learn_scale:
            self.scale = nn.Parameter(start)
        else:
            self.register_buffer("scale", start)

    def forward(self, features: Tensor) -> Tensor:
        return self.scale * F.linear(unit_rows(features), unit_rows(self.weight))

    def extra_repr(self) -> str:
        n_classes, n_features = self.weight.shape
        learn = isinstance(self.scale, nn.Parameter)
        return f"{n_features}, {n_classes}, scale={self.scale.item():g}, learn_scale={learn}"
