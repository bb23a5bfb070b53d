"""Backbone: what turns images into features, by name or from the user's own file."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from steelyard.core.errors import UserError, did_you_mean
from steelyard.models import efficientnet_lite0, small_cnn
from steelyard.models.user_file import UserFile

NAMES = ("efficientnet-lite0", "none")


@dataclass(frozen=True)
class Backbone:
    """A network without its head.

    Attributes
    ----------
    name : what the user asked for.
    module : images (N, 3, size, size), normalised -> features (N, n_features); evaluation mode.
    size : side in px of the square the module reads.
    normalise : uint8 images (N, 3, H, W) -> float32 of the same shape.
    n_features : D.
    fingerprint : hash of the weights and the code, part of every key of the cache.
    """

    name: str
    module: nn.Module
    size: int
    normalise: Callable[[Tensor], Tensor]
    n_features: int
    fingerprint: str


class Features(nn.Module):
    """The part of a network before its head, as a module of its own."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.network.features(x)  # type: ignore[operator]
        return features


def load_backbone(spec: str = "efficientnet-lite0", image_side: int = 224) -> Backbone:
    """The backbone that ``spec`` names, ready for images that are ``image_side`` px wide.

    Parameters
    ----------
    spec : ``"efficientnet-lite0"`` (pretrained on ImageNet), ``"none"`` (a small network with
        random weights, to be trained) or ``"file.py:function"``, where the function takes nothing
        and returns an ``nn.Module`` that gives features (N, D) or maps (N, D, H, W). The module may
        carry ``size`` (px, default 224) and ``normalise`` (uint8 batch -> float batch; default the
        usual ImageNet mean and deviation).

    Raises
    ------
    UserError
        E160 when the weights are not installed, E161 when the user's file gives no usable module.
    """
    if spec == "efficientnet-lite0":
        network = efficientnet_lite0.pretrained()
        size = efficientnet_lite0.input_side(image_side)
        return _backbone(spec, Features(network.fused()), size, efficientnet_lite0.normalise)
    if spec == "none":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            network = small_cnn.SmallCNN(n_classes=2)
        return _backbone(spec, Features(network), small_cnn.SIDE, small_cnn.normalise)
    if ":" not in spec:
        raise UserError(
            "E161",
            f"there is no backbone '{spec}'",
            where="--backbone",
            fix=did_you_mean(spec, NAMES) or f"--backbone {' | '.join(NAMES)} | file.py:function",
        )
    return _of_user(spec)


def _of_user(spec: str) -> Backbone:
    file = UserFile(spec, "--backbone", "takes nothing and returns the network without its head")
    module = file.module()
    size = int(getattr(module, "size", 224))
    normalise = getattr(module, "normalise", imagenet_normalise)
    try:
        return _backbone(spec, module, size, normalise, source=file.path.read_bytes())
    except Exception as error:
        refused = f"its module refuses images (2, 3, {size}, {size})"
        raise file.explained(error, refused) from error


def imagenet_normalise(images: Tensor) -> Tensor:
    """The usual ImageNet mean and deviation, on 0..255."""
    mean = torch.tensor([123.675, 116.28, 103.53], device=images.device)
    deviation = torch.tensor([58.395, 57.12, 57.375], device=images.device)
    return (images.float() - mean[:, None, None]) / deviation[:, None, None]


def _backbone(
    name: str,
    module: nn.Module,
    size: int,
    normalise: Callable[[Tensor], Tensor],
    source: bytes = b"",
) -> Backbone:
    module.eval().requires_grad_(False)
    digest = hashlib.sha256(source)
    for key, tensor in module.state_dict().items():
        digest.update(key.encode())
        digest.update(tensor.cpu().contiguous().flatten().view(torch.uint8).numpy())
    with torch.inference_mode():
        trial = module(normalise(torch.zeros(2, 3, size, size, dtype=torch.uint8)))
    n_features = pooled(trial).shape[1]
    return Backbone(name, module, size, normalise, n_features, digest.hexdigest()[:16])


def pooled(output: Tensor) -> Tensor:
    """(N, D) as it is, (N, D, H, W) averaged over the places.

    >>> pooled(torch.ones(2, 5, 3, 3)).shape
    torch.Size([2, 5])
    """
    if output.ndim == 4:
        return output.mean((2, 3))
    if output.ndim != 2:
        raise ValueError(f"features must be (N, D) or (N, D, H, W), not {tuple(output.shape)}")
    return output
