"""The ``stages`` slot: a run cut into phases, each a share of the epochs that every recipe gets."""

from dataclasses import dataclass, replace

from steelyard.core.recipe import Recipe, Step

PLAIN = Step("cross-entropy")
BALANCED = Step("class-balanced")


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
        """The epochs of the phase out of ``n_epochs``, counted from 0."""
        return range(round(self.start * n_epochs), round(self.end * n_epochs))


def phases_of(recipe: Recipe) -> tuple[Phase, ...]:
    """The phases of a recipe; together they last as long as the plain run of one.

    >>> from steelyard.core.recipe import Recipe, Step
    >>> crt = Recipe(Step("resnet-8"), stages=Step("crt", {"share": 0.3}))
    >>> [(p.start, p.end, p.sampler.name, p.head_only) for p in phases_of(crt)]
    [(0.0, 0.7, 'all-rows', False), (0.7, 1.0, 'class-balanced', True)]
    """
    stages = recipe.stages
    whole = Phase(0.0, 1.0, recipe.sampler, recipe.loss)
    late = recipe.loss.params.get("start")
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
        return _cut(whole, start, loss=smooth, head_only=True, fresh="head")
    if "before" in stages.params:  # a teacher, or pretraining without labels, has had its share
        return (replace(whole, start=stages.params["before"]),)
    return (whole,)


def _cut(whole: Phase, start: float, **later: object) -> tuple[Phase, Phase]:
    return replace(whole, end=start), replace(whole, start=start, **later)  # type: ignore[arg-type]


def segment(phases: tuple[Phase, ...], number: int) -> tuple[float, float]:
    """Shares of the run between which phase ``number`` shares one optimiser and one schedule."""
    first = max(i for i in range(number + 1) if i == 0 or phases[i].fresh)
    later = (i for i in range(number + 1, len(phases)) if phases[i].fresh)
    return phases[first].start, phases[next(later, len(phases)) - 1].end
