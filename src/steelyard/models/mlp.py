"""A multi-layer perceptron on rows of features, or on flattened images."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


class MLP(nn.Module):
    """Hidden layers of linear map, ReLU and dropout, then the head.

    ``features`` gives (N, n_features), the last hidden layer (the flattened input where there is
    none); ``forward`` logits (N, n_classes); ``parts`` the modules in order.

    Parameters
    ----------
    n_inputs : D, or C * H * W of the images.
    n_classes : K.
    hidden : sizes of the hidden layers; empty is a linear model.
    dropout : share of the hidden units that training drops, in [0, 1).

    Raises
    ------
    ValueError
        A size below 1 or a dropout outside [0, 1).

    >>> import torch
    >>> MLP(5, n_classes=3, hidden=(8, 4))(torch.zeros(2, 5)).shape
    torch.Size([2, 3])
    """

    def __init__(
        self, n_inputs: int, n_classes: int, hidden: Sequence[int] = (256,), dropout: float = 0.0
    ) -> None:
        super().__init__()
        sizes = [n_inputs, *hidden]
        if min(sizes) < 1 or not 0 <= dropout < 1:
            raise ValueError(
                f"sizes must be at least 1 and dropout in [0, 1), got {sizes} and {dropout}"
            )
        self.blocks = nn.Sequential(
            *(
                nn.Sequential(nn.Linear(n_in, n_out), nn.ReLU(inplace=True), nn.Dropout(dropout))
                for n_in, n_out in pairwise(sizes)
            )
        )
        self.n_features = sizes[-1]
        self.head = nn.Linear(self.n_features, n_classes)

    def parts(self) -> list[nn.Module]:
        """The hidden layers and the head, from input to output."""
        return [*self.blocks, self.head]

    def features(self, x: Tensor) -> Tensor:
        """(N, D) rows or (N, C, H, W) normalised images -> (N, n_features)."""
        return self.blocks(x.flatten(1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, D) rows or (N, C, H, W) normalised images -> logits (N, n_classes)."""
        return self.head(self.features(x))
