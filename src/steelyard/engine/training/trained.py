"""A trained network: what it answers, how it got there, and how it is stored."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from steelyard.core.case import Case
from steelyard.core.exam import Curve
from steelyard.core.recipe import Recipe
from steelyard.engine.devices import pick_device
from steelyard.engine.learning_curve import Labelled, learning_curve
from steelyard.engine.saving import load_network, save_network
from steelyard.engine.training.examples import rows_as_tensor
from steelyard.models.networks import network_named

State = dict[str, Tensor]

_CURVE_ROWS = 1000  # a point costs a pass over the images
_NOT_OF_THE_NETWORK = frozenset({"head", "freeze"})  # settings of the model slot for the training


@dataclass
class TrainedNetwork:
    """A network with what it takes to use it.

    Attributes
    ----------
    module : normalised rows -> logits (N, K).
    side : px at which images are read; 0 for features.
    normalise : rows as they are stored -> what the module reads.
    path : epoch -> the module's state after it, from which the learning curve is drawn; not saved.
    """

    module: nn.Module
    n_classes: int
    side: int
    normalise: Callable[[Tensor], Tensor]
    recipe: Recipe
    shape: tuple[int, ...]
    path: dict[float, State] = field(default_factory=dict, repr=False)

    def logits(self, rows: Tensor) -> Tensor:
        """(N, K) float32 of rows at the network's size; leaves the module in evaluation mode."""
        device = pick_device()
        module = device.place_model(self.module).eval()
        parts = [torch.zeros(0, self.n_classes)]
        with torch.inference_mode(), device.autocast():
            for batch in rows.split(256 if self.side <= 64 else 32):
                inputs = self.normalise(batch)
                place = device.place_images if inputs.ndim == 4 else device.place
                parts.append(module(place(inputs)).float().cpu())
        return torch.cat(parts)

    def predict_proba(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """(N, H, W, 3) uint8 images or (N, D) features -> (N, K) probabilities."""
        parts = [np.zeros((0, self.n_classes))]
        for start in range(0, len(X), 4096):
            logits = self.logits(rows_as_tensor(X[start : start + 4096], self.side))
            parts.append(logits.double().softmax(1).numpy())
        return np.concatenate(parts)

    def remember(self, epoch: int, module: nn.Module) -> None:
        """Keep what ``module`` is after this epoch for the learning curve."""
        state = module.state_dict()
        self.path[float(epoch)] = {k: v.detach().cpu().clone() for k, v in state.items()}

    def curve(self, train: Labelled, val: Labelled) -> Curve | None:
        """Loss and balanced accuracy by epoch, on at most 1,000 rows of each side."""
        if not self.path:
            return None
        ends = copy.deepcopy(self.module.state_dict())

        def proba(epoch: float, X: NDArray[Any]) -> NDArray[np.float64]:
            self.module.load_state_dict(self.path[epoch])
            return self.predict_proba(X)

        train, val = ((X[_thin(X)], target[_thin(X)]) for X, target in (train, val))
        curve = learning_curve(list(self.path), proba, train, val)
        self.module.load_state_dict(ends)
        return curve

    def save(self, case: Case, name: str) -> None:
        """Write it into the case's folder ``name``, without pickle."""
        facts = {
            "family": "network",
            "recipe": self.recipe.to_plain(),
            "n_classes": self.n_classes,
            "shape": list(self.shape),
        }
        save_network(case, name, self.module.state_dict(), facts)

    @classmethod
    def load(cls, folder: Path, facts: dict[str, Any]) -> "TrainedNetwork":
        """The inverse of `save`; executes no code from the folder."""
        recipe = Recipe.from_plain(facts["recipe"])
        trained = network_of(recipe, facts["shape"], facts["n_classes"], 0)
        trained.module.load_state_dict(load_network(folder))
        return trained


def network_of(
    recipe: Recipe, shape: Sequence[int], n_classes: int, random_state: int
) -> TrainedNetwork:
    """The network that the ``model`` slot names, before any training.

    ``shape`` is that of the rows, (N, H, W, 3) or (N, D).
    """
    from steelyard.engine.training.schemes import built

    settings = {k: v for k, v in recipe.model.params.items() if k not in _NOT_OF_THE_NETWORK}
    if len(shape) == 2:
        settings["n_inputs"] = shape[1]
    name = recipe.model.name
    network = network_named(name, n_classes, seed=random_state, image_side=shape[1], **settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_state)
        module = built(recipe, network.module, n_classes)
    normalise = network.normalise if network.side else torch.Tensor.float
    return TrainedNetwork(module, n_classes, network.side or 0, normalise, recipe, tuple(shape))


def parts_of(module: nn.Module) -> list[nn.Module]:
    """A network's parts from first to head; the module itself where it does not tell."""
    return list(module.parts()) if callable(getattr(module, "parts", None)) else [module]


def _thin(X: NDArray[Any]) -> slice:
    return slice(None, None, len(X) // _CURVE_ROWS + 1)
