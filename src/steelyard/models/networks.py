"""Networks to be trained, by name or from the user's own file.

Each network of ours gives ``features(x)`` (N, n_features), has a ``head`` (a linear layer, or any
module put in its place), is ``head(features(x))``, and lists its ``parts()`` from input to output.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from steelyard.core.errors import UserError, did_you_mean
from steelyard.models import efficientnet_lite0, small_cnn
from steelyard.models.backbone import imagenet_normalise
from steelyard.models.mlp import MLP
from steelyard.models.resnet_cifar import ResNetCifar
from steelyard.models.user_file import UserFile

NAMES = ("small-cnn", "resnet-8", "resnet-20", "resnet-32", "mlp", "efficientnet-lite0")


@dataclass(frozen=True)
class Network:
    """A network to be trained and how it reads images.

    Attributes
    ----------
    module : normalised images (N, 3, side, side) -> logits (N, K); in training mode.
    side : side in px of the square it reads; None where it reads rows of features (N, D).
    normalise : uint8 images (N, 3, H, W), or rows, -> float32 of the same shape.
    """

    module: nn.Module
    side: int | None
    normalise: Callable[[Tensor], Tensor]

    @property
    def headed(self) -> bool:
        """Whether the module is ``head(features(x))``, by its names; a user's own need not be.

        ``features`` must be a method: in torchvision's Swin it is a module that gives maps.
        """
        method = inspect.ismethod(getattr(self.module, "features", None))
        return method and isinstance(getattr(self.module, "head", None), nn.Module)

    def parts(self) -> list[nn.Module]:
        """The module's parts from input to output; every parameter is in one of them.

        A module without ``parts()`` is taken by its children in the order they were defined, and as
        one part where a parameter belongs to no child or to two.
        """
        if callable(getattr(self.module, "parts", None)):
            return list(self.module.parts())  # type: ignore[operator]
        children = [
            child for child in self.module.children() if any(True for _ in child.parameters())
        ]
        owned = [id(p) for child in children for p in child.parameters()]
        whole = {id(p) for p in self.module.parameters()}
        return children if len(owned) == len(whole) == len(set(owned)) else [self.module]


def network_named(
    name: str, n_classes: int, *, seed: int = 0, image_side: int = 224, **settings: Any
) -> Network:
    """A network for ``n_classes`` classes, its random weights drawn from ``seed``.

    Parameters
    ----------
    name : ``small-cnn`` (setting ``width``: channels of the first block, 32;
        ``spatial_dropout``, 0; ``pool``: ``mean`` or ``pyramid``), ``resnet-8``, ``-20``
        or ``-32`` (``width``: multiplies the channels, 1; ``pool``), ``mlp`` (``hidden``: sizes,
        (256,); ``dropout``, 0; ``n_inputs``: D of rows of features, without which it reads images),
        ``efficientnet-lite0`` (pretrained on ImageNet, with a new head; ``norm_momentum`` of the
        batch norms, 0.1), or ``file.py:function``, where the function takes ``n_classes`` and the
        settings and returns an ``nn.Module`` that gives logits (N, K). That module may carry
        ``size`` (px, default 224) and ``normalise`` (uint8 batch -> float batch; default the usual
        ImageNet mean and deviation).
    image_side : px of the images at hand, from which efficientnet-lite0 chooses its side.

    Raises
    ------
    UserError
        E160 when the pretrained weights are not installed; E161 when there is no such network, or
        the user's file gives none.
    ValueError
        A setting the network does not have, or a value it refuses.
    """
    if name not in NAMES:
        if ":" in name:
            return _of_user(name, n_classes, seed, settings)
        raise UserError(
            "E161",
            f"there is no network '{name}'",
            where="--model",
            fix=did_you_mean(name, NAMES) or f"--model {' | '.join(NAMES)} | file.py:function",
        )
    build = _efficientnet_lite0 if name == "efficientnet-lite0" else _from_scratch
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(name, n_classes, image_side, settings)


def _from_scratch(name: str, n_classes: int, image_side: int, settings: dict[str, Any]) -> Network:
    if name == "small-cnn":
        module = _built(name, small_cnn.SmallCNN, settings, n_classes=n_classes)
    elif name == "mlp" and "n_inputs" in settings:
        module = _built(name, MLP, settings, n_classes=n_classes)
        return Network(module, None, Tensor.float)
    elif name == "mlp":
        defaults = {"n_inputs": 3 * small_cnn.SIDE**2, **settings}
        module = _built(name, MLP, defaults, n_classes=n_classes)
    else:
        depth = int(name.removeprefix("resnet-"))
        module = _built(name, ResNetCifar, settings, n_classes=n_classes, depth=depth)
    return Network(module, small_cnn.SIDE, small_cnn.normalise)


def _efficientnet_lite0(
    name: str, n_classes: int, image_side: int, settings: dict[str, Any]
) -> Network:
    module = _built(name, _pretrained, settings)
    module.head = nn.Linear(module.n_features, n_classes)
    side = efficientnet_lite0.input_side(image_side)
    return Network(module.train(), side, efficientnet_lite0.normalise)


def _pretrained(norm_momentum: float = 0.1) -> efficientnet_lite0.EfficientNetLite0:
    """The pretrained network, its batch norms made quick enough for a short training.

    The published 0.01 is for runs of many thousand steps: in a short one the running statistics
    stay those of ImageNet while the weights move on, and evaluation sees another network. CIFAR-10
    at IR 50, 1,401 images at 128 px, one and two epochs of SGD, balanced accuracy on 400 test
    images: .18 and .14 with 0.01, .34 and .49 with 0.1, the weights being the same.
    """
    module = efficientnet_lite0.pretrained()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = norm_momentum
    return module


def _built(name: str, build: Callable[..., Any], settings: dict[str, Any], **fixed: int) -> Any:
    known = [s for s in inspect.signature(build).parameters if s not in fixed]
    for setting in settings:
        if setting not in known:
            choices = ", ".join(known)
            raise ValueError(
                f"the network '{name}' has no setting '{setting}'; its settings are {choices}"
            )
    return build(**fixed, **settings)


def _of_user(spec: str, n_classes: int, seed: int, settings: dict[str, Any]) -> Network:
    file = UserFile(
        spec,
        "--model",
        "takes the number of classes and returns a network that gives logits (N, K)",
    )
    module = file.module(n_classes, seed=seed, **settings)
    size = int(getattr(module, "size", 224))
    normalise = getattr(module, "normalise", imagenet_normalise)
    module.eval()  # else the trial below would move the running statistics of batch norms
    try:
        with torch.no_grad():
            out = module(normalise(torch.zeros(2, 3, size, size, dtype=torch.uint8)))
    except Exception as error:
        refused = f"its module refuses images (2, 3, {size}, {size})"
        raise file.explained(error, refused) from error
    found = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
    if found != (2, n_classes):
        raise UserError(
            "E161",
            f"its module gives {found} for 2 images, not logits (2, {n_classes})",
            where=file.where,
            fix=f"the function {file.wanted}",
        )
    if not any(p.requires_grad for p in module.parameters()):
        raise UserError(
            "E161",
            "its module has no parameter that can be trained",
            where=file.where,
            fix="leave requires_grad of at least the last layer as it is",
        )
    return Network(module.train(), size, normalise)
