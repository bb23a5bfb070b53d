"""A head on cached features: multinomial logistic regression, or a network of one hidden layer."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from steelyard.core.case import Case
from steelyard.core.exam import Curve
from steelyard.engine.learning_curve import Labelled, learning_curve
from steelyard.engine.saving import load_network, save_network

# weight (D, K) and bias (K,), or weight (D, H), bias (H,), weight (H, K), bias (K,)
Layers = list[Tensor]


@dataclass(frozen=True)
class LinearHead:
    """Standardise, then one or two affine layers. ``layers`` holds weights (D, K) and biases (K,).

    ``path`` holds the layers at some steps of the training (the last is ``layers`` itself), from
    which the learning curve is drawn; it is not saved. With ``directions`` a row counts by its
    direction alone.
    """

    mean: Tensor
    scale: Tensor
    layers: Layers
    path: dict[float, Layers] = field(default_factory=dict, repr=False)
    directions: bool = False

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.layers[-1])

    def predict_proba(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """(N, D) features -> (N, K) probabilities."""
        return self._proba(X, self.layers)

    def _proba(self, X: NDArray[Any], layers: Layers) -> NDArray[np.float64]:
        with torch.inference_mode():
            parts = [
                logits(self._standardise(part), layers).double().softmax(1)
                for part in torch.from_numpy(np.array(X, np.float32)).split(8192)
            ]
        return torch.cat(parts).numpy() if parts else np.zeros((0, self.n_classes))

    def _standardise(self, X: Tensor) -> Tensor:
        X = (X - self.mean) / self.scale
        return torch.nn.functional.normalize(X, dim=1) if self.directions else X

    def curve(self, train: Labelled, val: Labelled) -> Curve | None:
        """Loss and balanced accuracy by epoch, on training rows and on held-out rows."""
        if not self.path:
            return None
        return learning_curve(
            list(self.path), lambda epoch, X: self._proba(X, self.path[epoch]), train, val
        )

    def save(self, case: Case, name: str) -> None:
        """Write it into the case's folder ``name``, without pickle."""
        tensors = {f"layer{i}": layer for i, layer in enumerate(self.layers)}
        facts = {
            "family": "linear-head",
            "layers": len(tensors),
            "directions": self.directions,
        }
        save_network(case, name, {"mean": self.mean, "scale": self.scale, **tensors}, facts)

    @classmethod
    def load(cls, folder: Path, facts: dict[str, Any]) -> "LinearHead":
        """The inverse of `save`; executes no code from the folder."""
        tensors = load_network(folder)
        layers = [tensors[f"layer{i}"] for i in range(facts["layers"])]
        directions = facts.get("directions", False)
        return cls(tensors["mean"], tensors["scale"], layers, directions=directions)


def logits(X: Tensor, layers: Layers) -> Tensor:
    """(N, D) standardised features -> (N, K); ReLU between two layers."""
    for i in range(0, len(layers) - 2, 2):
        X = torch.addmm(layers[i + 1], X, layers[i]).relu()
    return torch.addmm(layers[-1], X, layers[-2])
