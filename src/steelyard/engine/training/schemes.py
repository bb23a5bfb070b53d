"""What the ``stages`` and ``model`` slots ask for around the loop: before, during and after it."""

import copy
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import nn

from steelyard.core.recipe import Recipe
from steelyard.engine.training.freezing import head_of
from steelyard.engine.training.nearest_mean import nearest_mean_head
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
    """The network with the head that the ``model`` slot names, and the branches of BBN.

    Raises ValueError for an unknown head.
    """
    head = recipe.model.params.get("head", "linear")
    if head != "linear":
        if head not in HEADS:
            raise ValueError(f"no head '{head}'; there are linear, {', '.join(HEADS)}")
        module.head = HEADS[head](head_of(module).in_features, n_classes)
    if recipe.stages.name == "bilateral":
        from steelyard.engine.training.bilateral import with_branches

        module = with_branches(module, n_classes)
    return module


def prepared(trained: "TrainedNetwork", examples: "Examples", random_state: int) -> None:
    """Pretraining without labels, where ``stages`` asks for it."""
    if trained.recipe.stages.name in ("rotation-pretraining", "contrastive-pretraining"):
        from steelyard.engine.training.pretraining import pretrain

        pretrain(trained, examples, random_state)


def renew(run: "Run", fresh: str) -> None:
    """What begins anew with a phase: the head's weights (``head``), or one scale a class."""
    if fresh == "scale":
        run.module.head = LearnableWeightScaling(head_of(run.module)).to(run.device.kind)
    elif fresh == "head" and isinstance(head := head_of(run.module), CosineHead):
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(run.random_state)
            made = HEADS[run.recipe.model.params["head"]](*reversed(head.weight.shape))
            head.load_state_dict(made.state_dict())
    elif fresh == "head":
        reset_head(head_of(run.module), generator=run.random_state)


def objective_of(run: "Run") -> Objective:
    """What the run minimises in its present phase.

    Raises ValueError for a loss that is unknown or that the stages have no place for.
    """
    stages, loss = run.recipe.stages.name, RowLoss(run.phase.loss, run.examples.counts, run.module)
    if stages in ("bilateral", "distillation") and run.phase.loss.name != "cross-entropy":
        raise ValueError(f"the stages '{stages}' bring their own loss: '{run.phase.loss}' is lost")
    if stages == "bilateral":
        from steelyard.engine.training.bilateral import Bilateral

        return Bilateral(run)
    if stages == "meta-weight-net":
        from steelyard.engine.training.meta import Meta

        return Meta(run, loss)
    if stages == "distillation":
        from steelyard.engine.training.distilling import Distilling

        return Distilling(run)
    return loss


def hand_over(run: "Run") -> None:
    """`finish`, and the head that is made of all training rows where ``stages`` asks for it."""
    finish(run.recipe, run.module)
    if run.recipe.stages.name == "class-means":
        nearest_mean_head(run)
        run.trained.remember(run.epoch, run.module)  # the learning curve ends in what is kept


def shown(recipe: Recipe, module: nn.Module) -> nn.Module:
    """The module as it would be handed over now; itself where there is nothing to finish."""
    if recipe.stages.name not in ("lws", "tau-norm"):
        return module
    module = copy.deepcopy(module)
    finish(recipe, module)
    return module


def finish(recipe: Recipe, module: nn.Module) -> None:
    """The head as it is handed over: a linear layer, its weights normalised where asked for."""
    head = getattr(module, "head", None)
    if isinstance(head, LearnableWeightScaling):
        module.head = head.merged()
    if recipe.stages.name == "tau-norm":
        linear = head_of(module)
        if not isinstance(linear, nn.Linear):
            raise ValueError(f"tau-norm needs a linear head, got {type(linear).__name__}")
        with torch.no_grad():
            linear.weight.copy_(tau_normalised(linear.weight, recipe.stages.params["tau"]))
            linear.bias.zero_()
