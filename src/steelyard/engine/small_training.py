"""Train the small network from scratch on images: one short loop that can be read at a glance."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, interpolate

from steelyard.core.case import Case
from steelyard.core.exam import Curve
from steelyard.engine.augmentation import flip_and_shift
from steelyard.engine.devices import pick_device
from steelyard.engine.learning_curve import Labelled, learning_curve
from steelyard.engine.saving import load_network, save_network
from steelyard.models.small_cnn import SIDE, SmallCNN, normalise

State = dict[str, Tensor]

CURVE_POINTS = 8
_CURVE_ROWS = 1000  # a point costs a pass over the images


@dataclass(frozen=True)
class SmallNetwork:
    """A trained `SmallCNN`. ``path`` holds its state after some epochs; it is not saved."""

    module: SmallCNN
    path: dict[float, State] = field(default_factory=dict, repr=False)

    def predict_proba(self, X: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(N, H, W, 3) uint8 images -> (N, K) probabilities."""
        device = pick_device()
        module = device.place_model(self.module).eval()
        parts = [np.zeros((0, self.module.head.out_features))]
        with torch.inference_mode(), device.autocast():
            for batch in _at_network_size(X).split(256):
                out = module(device.place_images(normalise(batch)))
                parts.append(out.double().softmax(1).cpu().numpy())
        return np.concatenate(parts)

    def curve(self, train: Labelled, val: Labelled) -> Curve | None:
        """Loss and balanced accuracy by epoch, on at most 1,000 rows of each side."""
        if not self.path:
            return None
        last = max(self.path)

        def proba(epoch: float, X: NDArray[Any]) -> NDArray[np.float64]:
            self.module.load_state_dict(self.path[epoch])
            return self.predict_proba(X)

        train, val = ((X[_thin(X)], target[_thin(X)]) for X, target in (train, val))
        curve = learning_curve(list(self.path), proba, train, val)
        self.module.load_state_dict(self.path[last])
        return curve

    def save(self, case: Case, name: str) -> None:
        """Write it into the case's folder ``name``, without pickle."""
        facts = {
            "family": "small-cnn",
            "width": self.module.width,
            "n_classes": self.module.head.out_features,
        }
        save_network(case, name, self.module.state_dict(), facts)

    @classmethod
    def load(cls, folder: Path, facts: dict[str, Any]) -> "SmallNetwork":
        """The inverse of `save`; executes no code from the folder."""
        module = SmallCNN(facts["n_classes"], facts["width"])
        module.load_state_dict(load_network(folder))
        return cls(module)


def fit_small_cnn(
    images: NDArray[np.uint8],
    target: NDArray[np.int64],
    n_classes: int,
    *,
    row_weight: NDArray[np.floating[Any]] | None = None,
    augment: str = "flip-shift",
    width: int = 32,
    learning_rate: float = 0.1,
    epochs: int = 20,
    l2: float = 5e-4,
    random_state: int = 0,
) -> SmallNetwork:
    """Stochastic gradient descent with momentum .9, the rate rising over one epoch, then a cosine.

    The same seed gives the same network.

    Parameters
    ----------
    images : (N, H, W, 3), read at 32 px.
    target : (N,) class indices.
    row_weight : (N,) weights of the rows in the loss, scaled inside to mean 1.
    augment : ``"flip-shift"`` (mirror, and move by up to 4 px) or ``"none"``.
    width : channels of the first block.
    """
    device = pick_device()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_state)
        module = SmallCNN(n_classes, width)
    module = device.place_model(module)
    generator = torch.Generator().manual_seed(random_state)
    rows, labels = _at_network_size(images), torch.from_numpy(np.array(target, np.int64))
    exact = np.ones(len(rows)) if row_weight is None else np.asarray(row_weight, np.float64)
    weight = torch.from_numpy((exact / exact.mean()).astype(np.float32))

    optimiser = torch.optim.SGD(
        module.parameters(), learning_rate, momentum=0.9, nesterov=True, weight_decay=l2
    )
    # Few images in batches of 64 would be too few steps to learn from.
    per_epoch = math.ceil(len(rows) / min(64, max(16, len(rows) // 16)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: _rate(step / per_epoch, epochs)
    )
    watched = {round(e) for e in np.linspace(1, epochs, CURVE_POINTS)}
    path: dict[float, State] = {}
    for epoch in range(1, epochs + 1):
        module.train()
        for batch in torch.randperm(len(rows), generator=generator).tensor_split(per_epoch):
            seen = rows[batch]
            if augment == "flip-shift":
                seen = flip_and_shift(seen, generator)
            with device.autocast():
                out = module(device.place_images(normalise(seen)))
            loss = cross_entropy(out.float().cpu(), labels[batch], reduction="none")
            optimiser.zero_grad()
            (weight[batch] * loss).mean().backward()
            optimiser.step()
            schedule.step()
        if epoch in watched:
            path[float(epoch)] = {k: v.cpu().clone() for k, v in module.state_dict().items()}
    return SmallNetwork(module, path)


def _rate(epoch: float, epochs: int) -> float:
    """The learning rate at this moment, as a share of the highest."""
    return min(epoch + 0.1, 1) * (1 + math.cos(math.pi * epoch / epochs)) / 2


def _at_network_size(images: NDArray[np.uint8]) -> Tensor:
    """(N, H, W, 3) -> uint8 (N, 3, 32, 32)."""
    parts = [torch.zeros(0, 3, SIDE, SIDE, dtype=torch.uint8)]
    for start in range(0, len(images), 1024):
        part = torch.from_numpy(np.array(images[start : start + 1024])).movedim(3, 1)
        if part.shape[2:] != (SIDE, SIDE):
            part = interpolate(part.float(), (SIDE, SIDE), mode="bilinear", antialias=True)
            part = part.round().clamp(0, 255).byte()
        parts.append(part)
    return torch.cat(parts)


def _thin(X: NDArray[Any]) -> slice:
    return slice(None, None, len(X) // _CURVE_ROWS + 1)
