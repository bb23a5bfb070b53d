"""Who competes: the remedies of the shelf with their settings, applied to one base recipe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from steelyard.core.exam import Exam
from steelyard.core.recipe import Recipe, Step
from steelyard.examine.baseline import LINEAR_HEAD
from steelyard.treat import REMEDIES

PLAIN = "cross-entropy"


@dataclass(frozen=True)
class Contestant:
    """Remedies applied to the base one after the other; ``loss`` where no remedy makes it."""

    name: str
    remedies: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    loss: Step | None = None

    def recipe(self, base: Recipe, exam: Exam) -> Recipe:
        """What it trains. Raises `NotApplicable` where a remedy says that it does not fit."""
        for code, settings in self.remedies:
            base = REMEDIES[code].apply(base, exam, **settings)
        return base if self.loss is None else replace(base, loss=self.loss)

    @property
    def label(self) -> str:
        """Name and codes."""
        codes = "+".join(code for code, _ in self.remedies)
        return f"{self.name} {codes}".strip()


def _of(name: str, code: str, **settings: Any) -> Contestant:
    return Contestant(name, ((code, settings),))


CROSS_ENTROPY = Contestant(PLAIN)
ADJUSTED = _of("logit adjustment, tau 1", "R610", tau=1.0)
BALANCED_SOFTMAX = _of("Balanced Softmax", "R220")
LDAM_DRW = _of("LDAM-DRW", "R230")
DRW = _of("deferred weights", "R310", by="weights")
MIXUP_DRW = Contestant("mixup, deferred weights", (("R140", {"mix": "mixup"}), *DRW.remedies))
CRT, LWS = (_of(how.upper(), "R320", how=how) for how in ("crt", "lws"))
TAU_NORM = _of("tau-norm, tau 1", "R330", tau=1.0)
FOCAL = _of("focal", "R240", gamma=2.0)
BALANCED_BATCHES = _of("class-balanced sampling", "R120", how="class-balanced")
INVERSE = _of("inverse weights", "R210", scheme="inverse")
AWARE = _of("label-aware smoothing", "R270", how="aware")

# What changes the training of any network, the likely best and the best known first.
NETWORK = (
    CROSS_ENTROPY, ADJUSTED, BALANCED_SOFTMAX, LDAM_DRW, DRW, CRT, TAU_NORM, FOCAL,
    BALANCED_BATCHES, INVERSE, MIXUP_DRW,
    _of("vector scaling", "R250"),
    _of("deferred sampling", "R310", by="batches"),
    LWS,
    _of("label over-smoothing", "R320", how="over-smoothing"),
    _of("Meta-Weight-Net", "R350"),
    _of("balanced distillation", "R360"),
    _of("influence-balanced", "R260"),
    AWARE,
    _of("mixup", "R140", mix="mixup"),
    _of("effective weights", "R210", scheme="effective"),
    _of("progressive sampling", "R120", how="progressively-balanced"),
    _of("averaged weights", "R530", how="ema"),
    _of("generalised cross-entropy", "R410", how="generalized"),
    _of("tau-norm, tau 0.5", "R330", tau=0.5),
    _of("sqrt weights", "R210", scheme="sqrt"),
    _of("square-root sampling", "R120", how="square-root"),
    _of("label smoothing", "R270", how="even"),
    _of("focal, gamma 1", "R240", gamma=1.0),
    _of("symmetric cross-entropy", "R410", how="symmetric"),
    _of("early stopping", "R530", how="patience"),
    _of("class means", "R320", how="class-means"),
)  # fmt: skip
# What needs images or convolutions.
IMAGES = (
    Contestant("strong augmentation, Balanced Softmax", (("R150", {}), *BALANCED_SOFTMAX.remedies)),
    _of("BBN", "R340"),
    _of("rotation pretraining", "R390", how="rotation"),
    _of("contrastive pretraining", "R390", how="contrastive"),
    _of("remix", "R140", mix="remix"),
    _of("cutmix", "R140", mix="cutmix"),
    _of("strong augmentation", "R150"),
)
HEADS = (
    CROSS_ENTROPY, INVERSE, ADJUSTED,
    _of("logit adjustment, tau tuned", "R610", tau="tuned"),
    _of("class means, Mahalanobis", "R370", distance="mahalanobis"),
    _of("class means, cosine", "R370", distance="cosine"),
    _of("sqrt weights", "R210", scheme="sqrt"),
    _of("vector scaling", "R250"),
    Contestant("LDAM", loss=Step("ldam", {"max_margin": 5.0, "scale": 1.0})),
    FOCAL, AWARE,
    Contestant("stronger l2, logit adjustment", (("R510", {"how": "l2"}), ADJUSTED.remedies[0])),
    Contestant("hidden layer, logit adjustment", (("R520", {"how": "more"}), ADJUSTED.remedies[0])),
)  # fmt: skip
_FIRST = 6
ON_IMAGES = (*NETWORK[:_FIRST], *IMAGES, *NETWORK[_FIRST:])


@dataclass(frozen=True)
class Part:
    """One table a ratio: on which data, from which base, and who competes."""

    data: str
    base: Recipe
    contestants: Sequence[Contestant]
    ratios: tuple[int, ...]
    seeds: int

    def lasting(self, epochs: int | None) -> "Part":
        """The same with trainings of so many epochs."""
        if epochs is None or "epochs" not in self.base.optim.params:
            return self
        return replace(self, base=replace(self.base, optim=self.base.optim.but(epochs=epochs)))


PARTS = {
    # learning rate and length: see `settle`
    "digits": Part(
        "digits",
        Recipe(
            Step("mlp", {"hidden": [256]}),
            optim=Step("sgd", {"learning_rate": 0.05, "epochs": 30, "l2": 5e-4}),
        ),
        NETWORK, (50, 100, 20), 6,
    ),
    "cifar-features": Part("cifar10-features", LINEAR_HEAD, HEADS, (100, 50), 3),
    "cifar-resnet": Part(
        "cifar10",
        Recipe(
            Step("resnet-8"),
            augment=Step("flip-shift"),
            optim=Step(
                "sgd", {"learning_rate": 0.05, "epochs": 15, "l2": 5e-4, "batch_size": 32}
            ),
        ),
        ON_IMAGES, (100, 50), 3,
    ),
}  # fmt: skip
