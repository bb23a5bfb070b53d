"""A user's own network, without kinks: no unit tips over for a last bit, so that runs can agree."""

from torch import Tensor, nn


class Smooth(nn.Module):
    size = 8

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(4, 8, 3, padding=1), nn.BatchNorm2d(8), nn.Tanh(),
        )  # fmt: skip
        self.head = nn.Linear(8, n_classes)

    @staticmethod
    def normalise(images: Tensor) -> Tensor:
        return images.float() / 255 - 0.5

    def features(self, x: Tensor) -> Tensor:
        return self.body(x).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


def make(n_classes: int) -> Smooth:
    return Smooth(n_classes)
