"""The nearest class mean in the place of a trained head: features are kept, weights are not."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from steelyard.engine.training.freezing import head_of
from steelyard.kit.heads import NearestClassMean

if TYPE_CHECKING:
    from steelyard.engine.training.run import Run

_ROWS_AT_ONCE = 256


def nearest_mean_head(run: "Run") -> None:
    """Give the linear head the weights by which the nearest class mean decides.

    The means are those of the training rows as they are, without augmentation. What the head then
    says are the log likelihoods of `steelyard.kit.heads.NearestClassMean`, less what all classes
    share: all classes count as equally frequent. Raises ValueError for a head that is not linear.
    """
    linear, features = head_of(run.module), _features(run)
    if not isinstance(linear, nn.Linear):
        raise ValueError(f"class-means needs a linear head, got {type(linear).__name__}")
    n_classes, distance = linear.out_features, run.recipe.stages.params["distance"]
    target = run.examples.target
    means = NearestClassMean.fit(features.double(), target, n_classes, distance=distance)
    with torch.no_grad():
        linear.weight.copy_(means.weight)
        bias = means.bias - means.weight @ means.centre
        linear.bias.copy_(bias.nan_to_num(neginf=-1e4))  # a class without rows is never the nearest


def _features(run: "Run") -> Tensor:
    """(N, D) float32 features of all training rows, on the CPU."""
    run.module.eval()
    parts = []
    with torch.no_grad(), run.device.autocast():
        for rows in run.examples.rows.split(_ROWS_AT_ONCE):
            inputs = run.trained.normalise(rows)
            place = run.device.place_images if inputs.ndim == 4 else run.device.place
            parts.append(run.module.features(place(inputs)).float().cpu())
    return torch.cat(parts)
