"""What the ``stages`` and ``model`` slots ask for around the loop: before, during and after it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import nn

from steelyard.core.recipe import Recipe
from steelyard.engine.training.freezing import head_of
from steelyard.engine.training.objectives import Objective, RowLoss
from steelyard.kit.heads import CosineHead, LearnableWeightScaling, tau_normalised
from steelyard.kit.regularisers import DropConnect
from steelyard.kit.stages import reset_head

if TYPE_CHECKING:
    from steelyard.engine.training.examples import Examples
    from steelyard.engine.training.run import Run
    from steelyard.engine.training.trained import TrainedNetwork


HEADS: dict[str, Callable[[int, int], nn.Module]] = {
    "cosine": partial(CosineHead, scale=1.0, learn_scale=False),  # LDAM has the scale in the loss
    "cosine-scaled": CosineHead,
    "drop-connect": partial(DropConnect, p=0.5, per_row=False),
}


def built(recipe: Recipe, module: nn.Module, n_classes: int) -> nn.Module:
    """The network with the head that the ``model`` slot names, and the branches of BBN."""
    if head := recipe.model.params.get("head"):
        if head not in HEADS:
            raise ValueError(f"no head '{head}'; there are {', '.join(HEADS)}")
        module.head = HEADS[head](head_of(module).in_features, n_classes)
    if recipe.stages.name == "bilateral":
        from steelyard.engine.training.bilateral import with_branches

        module = with_branches(module, n_classes)
    return module


def prepared(
    recipe: Recipe, trained: "TrainedNetwork", examples: "Examples", random_state: int
) -> None:
    """Pretraining without labels, where ``stages`` asks for it."""
    if recipe.stages.name in ("rotation-pretraining", "contrastive-pretraining"):
        from steelyard.engine.training.pretraining import pretrain

        pretrain(recipe, trained, examples, random_state)


def renew(run: "Run", fresh: str) -> None:
    """What begins anew with a phase: the head's weights (``head``), or one scale a class."""
    if fresh == "head":
        reset_head(head_of(run.module), generator=run.random_state)
    elif fresh == "scale":
        run.module.head = LearnableWeightScaling(head_of(run.module)).to(run.device.kind)


def objective_of(run: "Run") -> Objective:
    """What the run minimises in its present phase."""
    name = run.recipe.stages.name
    loss = RowLoss(run.phase.loss, run.examples.counts, run.module)
    if name == "bilateral":
        from steelyard.engine.training.bilateral import Bilateral

        return Bilateral(run, loss)
    if name == "meta-weight-net":
        from steelyard.engine.training.meta import Meta

        return Meta(run, loss)
    if name == "distillation":
        from steelyard.engine.training.distilling import Distilling

        return Distilling(run, loss)
    return loss


def finished(run: "Run") -> None:
    """The network as it is handed over: the best or the averaged weights, the head made plain."""
    module = run.trained.module
    if run.average:
        module.load_state_dict(run.average.module.state_dict())
    run.early.restore(module)
    head = getattr(module, "head", None)
    if isinstance(head, LearnableWeightScaling):
        module.head = head.merged()
    if run.recipe.stages.name == "tau-norm":
        with torch.no_grad():
            linear = head_of(module)
            linear.weight.copy_(tau_normalised(linear.weight, run.recipe.stages.params["tau"]))
            linear.bias.zero_()
    module.requires_grad_(True).eval()
