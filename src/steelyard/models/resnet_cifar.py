"""Residual networks for images of about 32 px (He et al., CVPR 2016, section 4.2)."""

from torch import Tensor, nn
from torch.nn.functional import pad, relu

from steelyard.kit.regularisers import StochasticDepth, linear_survival
from steelyard.models.pooling import pooling


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions added to a shortcut without parameters (the paper's option A).

    The shortcut takes every ``stride``-th pixel; the new channels are zeros, half of them before
    the old ones and half behind, as in the code by which CIFAR long tails are compared.
    """

    def __init__(self, n_in: int, n_out: int, stride: int, drop: float = 0.0) -> None:
        super().__init__()
        self.drop = StochasticDepth(drop)
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.stride, self.new_channels = stride, n_out - n_in

    def shortcut(self, x: Tensor) -> Tensor:
        """(N, n_in, H, W) -> (N, n_out, H / stride, W / stride)."""
        if self.stride > 1:
            x = x[:, :, :: self.stride, :: self.stride]
        before = self.new_channels // 2
        behind = self.new_channels - before
        return pad(x, (0, 0, 0, 0, before, behind)) if self.new_channels else x

    def forward(self, x: Tensor) -> Tensor:
        y = relu(self.bn1(self.conv1(x)))
        return relu(self.drop(self.bn2(self.conv2(y))) + self.shortcut(x))


class ResNetCifar(nn.Module):
    """Depth 6n + 2: a convolution, three stages of n blocks with 16, 32 and 64 channels, a head.

    ``features`` gives (N, n_features), ``forward`` logits (N, n_classes), ``parts`` the modules in
    order. With the shortcuts of option A and a bias in the head, ResNet-32 has 470,004 parameters
    at 100 classes (464,154 at 10). Weights start as in He et al., ICCV 2015, which the paper cites.

    Parameters
    ----------
    n_classes : K.
    depth : 8, 20, 32, ... : 6n + 2.
    width : multiplies the channels.
    stochastic_depth : how often the last block is left out in training; earlier ones less.
    pool : ``mean`` of each map, or ``pyramid``.

    Raises
    ------
    ValueError
        The depth is not 6n + 2, a width leaves no channel, or a pool of another name.

    >>> sum(p.numel() for p in ResNetCifar(100, depth=32).parameters())
    470004
    """

    def __init__(
        self,
        n_classes: int,
        depth: int = 32,
        width: float = 1.0,
        stochastic_depth: float = 0.0,
        pool: str = "mean",
    ) -> None:
        super().__init__()
        if depth < 8 or depth % 6 != 2:
            raise ValueError(f"depth must be 6n + 2, such as 8, 20 or 32, got {depth}")
        channels = [round(c * width) for c in (16, 32, 64)]
        if channels[0] < 1:
            raise ValueError(f"width must leave at least one channel of 16, got {width}")
        n_in = channels[0]
        self.conv = nn.Conv2d(3, n_in, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(n_in)
        self.blocks = nn.Sequential()
        for stage, n_out in enumerate(channels):
            for i in range((depth - 2) // 6):
                stride = 2 if stage > 0 and i == 0 else 1
                block = len(self.blocks) + 1
                drop = 1 - linear_survival(block, (depth - 2) // 2, 1 - stochastic_depth)
                self.blocks.append(ResidualBlock(n_in, n_out, stride, drop))
                n_in = n_out
        self.pool, self.n_features = pooling(pool, n_in)
        self.head = nn.Linear(self.n_features, n_classes)
        self._start()

    def _start(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.kaiming_normal_(self.head.weight, nonlinearity="linear")
        nn.init.zeros_(self.head.bias)

    def parts(self) -> list[nn.Module]:
        """First convolution with its batch norm, the blocks, the head: from input to output."""
        return [nn.ModuleList([self.conv, self.bn]), *self.blocks, self.head]

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) normalised images -> (N, n_features)."""
        return self.pool(self.blocks(relu(self.bn(self.conv(x)))))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) normalised images -> logits (N, n_classes)."""
        return self.head(self.features(x))
