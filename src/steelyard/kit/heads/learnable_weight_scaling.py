"""Learnable weight scaling (LWS): a trained last layer learns anew how loud each class speaks."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LearnableWeightScaling(nn.Module):
    """``f_k (w_k x + b_k)`` with a trained layer's w and b frozen and one scale f a class learnt.

    Kang et al., Decoupling Representation and Classifier, ICLR 2020, section 4: train the scales
    on frozen features with class-balanced sampling (or a class-balanced loss) for a few epochs.
    They start at 1, so the head starts as the layer was. The layer itself is copied and stays as
    it is; weight and bias are buffers, which no optimiser sees.

    Parameters
    ----------
    linear : the trained last layer, (N, D) -> (N, K)

    Raises
    ------
    ValueError
        ``linear`` is no nn.Linear.

    >>> linear = nn.Linear(64, 10)
    >>> head = LearnableWeightScaling(linear)
    >>> [(name, tuple(p.shape)) for name, p in head.named_parameters()]
    [('scales', (10,))]
    >>> head.merged()
    Linear(in_features=64, out_features=10, bias=True)
    """

    weight: Tensor
    bias: Tensor | None

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        if not isinstance(linear, nn.Linear):
            raise ValueError(f"linear must be an nn.Linear, got {type(linear).__name__}")
        self.register_buffer("weight", linear.weight.detach().clone())
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach().clone())
        self.scales = nn.Parameter(torch.ones_like(self.weight[:, 0]))

    def forward(self, features: Tensor) -> Tensor:
        return self.scales * F.linear(features, self.weight, self.bias)

    def merged(self) -> nn.Linear:
        """The plain layer that gives the same logits: ``f_k w_k`` and ``f_k b_k``."""
        n_classes, n_features = self.weight.shape
        linear = nn.Linear(n_features, n_classes, bias=self.bias is not None).to(self.weight)
        with torch.no_grad():
            linear.weight.copy_(self.scales[:, None] * self.weight)
            if self.bias is not None:
                linear.bias.copy_(self.scales * self.bias)
        return linear

    def extra_repr(self) -> str:
        n_classes, n_features = self.weight.shape
        return f"{n_features}, {n_classes}, bias={self.bias is not None}"
