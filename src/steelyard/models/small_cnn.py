"""A small convolutional network for images of about 32 px, trained from scratch."""

from itertools import pairwise

from torch import Tensor, nn

from steelyard.kit.regularisers import SpatialDropout
from steelyard.models.pooling import pooling

SIDE = 32  # px at which images are read


class SmallCNN(nn.Module):
    """Four blocks of convolution, batch norm and ReLU; each but the first halves the sides.

    ``features`` gives (N, n_features), ``forward`` logits (N, n_classes), ``parts`` the modules in
    order, for layer-wise rates and freezing. ``spatial_dropout`` is how often training leaves out a
    whole map of a block other than the last; ``pool`` how the last maps become features.
    """

    def __init__(
        self,
        n_classes: int,
        width: int = 32,
        spatial_dropout: float = 0.0,
        pool: str = "mean",
    ) -> None:
        super().__init__()
        self.width = width
        channels = [3, width, 2 * width, 4 * width, 4 * width]
        self.blocks = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(n_in, n_out, 3, stride=2 if i else 1, padding=1, bias=False),
                    nn.BatchNorm2d(n_out),
                    nn.ReLU(inplace=True),
                    *([SpatialDropout(spatial_dropout)] if spatial_dropout and i < 3 else []),
                )
                for i, (n_in, n_out) in enumerate(pairwise(channels))
            )
        )
        self.pool, self.n_features = pooling(pool, channels[-1])
        self.head = nn.Linear(self.n_features, n_classes)

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) normalised images -> (N, n_features)."""
        return self.pool(self.blocks(x))

    def parts(self) -> list[nn.Module]:
        """The four blocks and the head, from input to output."""
        return [*self.blocks, self.head]

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) normalised images -> logits (N, n_classes)."""
        return self.head(self.features(x))


def normalise(images: Tensor) -> Tensor:
    """0..255 -> about -2..2, the spread at which the first layer starts well."""
    return (images.float() - 127.5) / 63.75
