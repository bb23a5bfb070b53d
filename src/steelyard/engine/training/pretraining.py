"""Pretraining without labels in the loop: on the training images alone, before the first epoch."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from steelyard.engine.augmentation.contrastive import view
from steelyard.engine.devices import pick_device
from steelyard.engine.training.examples import Examples
from steelyard.engine.training.phases import phases_of
from steelyard.kit.pretraining import pretrain_contrastive, pretrain_rotation

if TYPE_CHECKING:
    from steelyard.engine.training.trained import TrainedNetwork


def pretrain(trained: "TrainedNetwork", examples: Examples, random_state: int) -> None:
    """Teach the features for the first part of the run (``before``), rotations or contrasts."""
    device, recipe = pick_device(), trained.recipe
    generator = torch.Generator().manual_seed(random_state)
    epochs = phases_of(recipe)[0].epochs(recipe.optim.params["epochs"]).start
    module = device.place_model(trained.module)
    with device.autocast():
        if recipe.stages.name == "rotation-pretraining":
            images = trained.normalise(examples.rows)
            pretrain_rotation(module, images, generator=generator, epochs=epochs)
            return

        def seen(batch: Tensor, generator: torch.Generator) -> Tensor:
            return trained.normalise(view(batch, generator))

        pretrain_contrastive(
            module, examples.rows.float(), seen, generator=generator, epochs=epochs
        )
