"""The ``stages`` slot: a run cut into phases, each a share of the epochs that every recipe gets."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from steelyard.core.recipe import Recipe, Step
from steelyard.engine.training.examples import Examples
from steelyard.kit.losses import class_weights

PLAIN = Step("cross-entropy")
BALANCED = Step("class-balanced")
IN_PHASES = ("deferred-reweighting", "deferred-resampling", "crt", "lws", "label-over-smoothing")
WITH_A_START = ("distillation", "rotation-pretraining", "contrastive-pretraining")
WHOLE = ("one", "tau-norm", "class-means", "bilateral", "meta-weight-net")


@dataclass(frozen=True)
class Phase:
    """Epochs of one kind.

    Attributes
    ----------
    start, end : shares of the run, 0 to 1.
    sampler, loss : what takes the place of the recipe's own slots in this phase.
    class_weight : scheme of `kit.losses.class_weights`, on top of the rows' own weights.
    head_only : the features are frozen, their batch norms too.
    fresh : what begins anew with the phase: ``"head"`` (new weights and a new learning-rate
        schedule), ``"scale"`` (the head's rows keep their directions and learn one scale each).
    """

    start: float
    end: float
    sampler: Step
    loss: Step
    class_weight: str | None = None
    head_only: bool = False
    fresh: str = ""

    def epochs(self, n_epochs: int) -> range:
        """The epochs of the phase out of ``n_epochs``, counted from 0; at least one.

        Raises
        ------
        ValueError
            A part of a run of one epoch.
        """
        return range(_epoch_at(self.start, n_epochs), _epoch_at(self.end, n_epochs))

    def weights(self, examples: Examples) -> Tensor:
        """(N,) of mean 1: what each row weighs in the phase's loss."""
        if self.class_weight is None:
            return examples.weight
        by_class = class_weights(examples.counts, self.class_weight)
        weight = examples.weight * torch.from_numpy(by_class).float()[examples.target]
        return weight / weight.mean()


def _epoch_at(share: float, n_epochs: int) -> int:
    if share in (0, 1):
        return round(share * n_epochs)
    if not 0 < share < 1 or n_epochs < 2:
        raise ValueError(
            f"a run of {n_epochs} epochs cannot be cut at a share of {share}; it takes 2 epochs "
            "and a share above 0 and below 1"
        )
    return min(max(round(share * n_epochs), 1), n_epochs - 1)


def phases_of(recipe: Recipe) -> tuple[Phase, ...]:
    """The phases of a recipe; together they last as long as the plain run of one.

    Raises
    ------
    ValueError
        Unknown stages, or stages with phases beside a loss that brings its own.

    >>> from steelyard.core.recipe import Recipe, Step
    >>> crt = Recipe(Step("resnet-8"), stages=Step("crt", {"share": 0.3}))
    >>> [(p.start, p.end, p.sampler.name, p.head_only) for p in phases_of(crt)]
    [(0.0, 0.7, 'all-rows', False), (0.7, 1.0, 'class-balanced', True)]
    """
    stages = recipe.stages
    known = (*WHOLE, *IN_PHASES, *WITH_A_START)
    if stages.name not in known:
        raise ValueError(f"no stages '{stages.name}'; there are {', '.join(known)}")
    whole = Phase(0.0, 1.0, recipe.sampler, recipe.loss)
    late = recipe.loss.params.get("start")
    if late and stages.name not in WHOLE:
        raise ValueError(
            f"the loss '{recipe.loss}' starts late, the stages '{stages}' have phases of their own"
        )
    if late:  # losses that need a trained network to judge its rows begin when there is one
        loss = Step(recipe.loss.name, {k: v for k, v in recipe.loss.params.items() if k != "start"})
        return replace(whole, end=late, loss=PLAIN), replace(whole, start=late, loss=loss)
    if stages.name == "deferred-reweighting":
        return _cut(whole, stages.params["start"], class_weight=stages.params["scheme"])
    if stages.name == "deferred-resampling":
        return _cut(whole, stages.params["start"], sampler=BALANCED)
    if stages.name in ("crt", "lws"):
        fresh = "head" if stages.name == "crt" else "scale"
        start = 1 - stages.params["share"]
        return _cut(whole, start, sampler=BALANCED, loss=PLAIN, head_only=True, fresh=fresh)
    if stages.name == "label-over-smoothing":
        smooth = Step("label-smoothing", {"smoothing": stages.params["smoothing"]})
        start = 1 - stages.params["share"]
        return _cut(whole, start, loss=smooth, head_only=True)
    if stages.name in WITH_A_START:  # a teacher, or pretraining without labels, has had its share
        return (replace(whole, start=stages.params["before"]),)
    return (whole,)


def _cut(whole: Phase, start: float, **later: object) -> tuple[Phase, Phase]:
    return replace(whole, end=start), replace(whole, start=start, **later)  # type: ignore[arg-type]


def schedule_of(phases: tuple[Phase, ...], number: int, n_epochs: int) -> range:
    """The epochs over which phase ``number`` shares one optimiser and one schedule with others."""
    first = max(i for i in range(number + 1) if i == 0 or phases[i].fresh)
    later = (i for i in range(number + 1, len(phases)) if phases[i].fresh)
    last = phases[next(later, len(phases)) - 1]
    return range(phases[first].epochs(n_epochs).start, last.epochs(n_epochs).stop)
