"""The base: what a careful colleague would train first, and its ordinary settings to tune."""

from dataclasses import replace
from typing import Any

from steelyard.core.data import Data
from steelyard.core.learners import PRETRAINED
from steelyard.core.recipe import Recipe, Step

# Measured on 85 KEEL sets: below this many rows in the smallest class forests with leaves of at
# least 5 beat boosting, whatever the imbalance ratio.
FEW_ROWS = 50
# A forest of 200 trees on more rows than this costs more than it can win.
_FOREST_ROWS = 20_000
_MANY_CLASSES = 20

FOREST = Recipe(
    Step("forest", {"n_estimators": 200, "min_samples_leaf": 5, "max_features": "sqrt"}),
    optim=Step("default"),
)
LINEAR_HEAD = Recipe(
    Step("linear-head", {"hidden": 0}),
    optim=Step("adam", {"learning_rate": 0.01, "l2": 0.1}),
)
SMALL_CNN = Recipe(
    Step("small-cnn", {"width": 32}),
    augment=Step("flip-shift"),
    optim=Step("sgd", {"learning_rate": 0.1, "epochs": 20, "l2": 5e-4}),
)


def boosting(n_classes: int) -> Recipe:
    """Histogram gradient boosting; fewer rounds where every round grows a tree for each class."""
    rounds = 100 if n_classes <= 10 else max(20, 1000 // n_classes)
    return Recipe(
        Step("hist-gradient-boosting", {"max_leaf_nodes": 31, "min_samples_leaf": 20}),
        optim=Step("boosting", {"learning_rate": 0.1, "max_iter": rounds, "l2": 0.0}),
    )


def network_recipe(name: str) -> Recipe:
    """How a network is trained first: from scratch, or gently where it is pretrained."""
    if name in PRETRAINED:
        settings = {"learning_rate": 1e-3, "epochs": 5, "l2": 0.01, "batch_size": 32}
        return Recipe(
            Step(name), augment=Step("flip-shift"),
            optim=Step("adamw", {**settings, "layer_decay": 0.65}),
        )  # fmt: skip
    if name == "mlp":
        settings = {"learning_rate": 3e-3, "epochs": 30, "l2": 0.01}
        return Recipe(Step("mlp"), optim=Step("adamw", settings))
    return SMALL_CNN if name == SMALL_CNN.model.name else replace(SMALL_CNN, model=Step(name))


def base_recipe(data: Data, smallest: int, *, network: str = "") -> Recipe:
    """The base for this data; ``smallest`` is the row count of the rarest class at work.

    ``network`` names one to train on images, or an ``mlp`` on features, instead of a head.
    """
    if data.kind == "images" or (data.kind == "features" and network == "mlp"):
        return network_recipe(network) if network else LINEAR_HEAD
    if data.kind == "features":
        return LINEAR_HEAD
    few = smallest < FEW_ROWS and len(data.target) <= _FOREST_ROWS
    return FOREST if few else boosting(data.n_classes)


def tuning_candidates(base: Recipe, n_classes: int, n_rows: int) -> tuple[Recipe, ...]:
    """Other ordinary settings of the base, most promising first; none treats any illness."""
    if base.model.name == "forest":
        settings: tuple[dict[str, Any], ...] = (
            {"min_samples_leaf": 2},
            {"max_features": 0.5},
            {"min_samples_leaf": 10},
            {"min_samples_leaf": 1, "max_features": 0.5},
        )
        others = tuple(replace(base, model=base.model.but(**change)) for change in settings)
        # boosting grows a tree a class and round: of many classes the forests are told first
        if n_classes > _MANY_CLASSES:
            return (*others, boosting(n_classes))
        return (boosting(n_classes), *others)
    optim = base.optim
    if base.model.name == "hist-gradient-boosting":
        other_family = (FOREST,) if n_rows <= _FOREST_ROWS else ()
        return (
            replace(base, optim=optim.but(learning_rate=0.05)),
            *other_family,
            replace(base, model=base.model.but(max_leaf_nodes=15)),
            replace(base, optim=optim.but(l2=1.0)),
            replace(base, optim=optim.but(learning_rate=0.2)),
        )
    if base.model.name == "linear-head":
        strengths = ({"l2": 0.03}, {"l2": 0.3}, {"l2": 0.01}, {"l2": 1.0}, {"l2": 0.003})
        return tuple(replace(base, optim=optim.but(**change)) for change in strengths)
    return tuple(
        replace(base, optim=optim.but(**change))
        for change in ({"learning_rate": 0.05}, {"l2": 1e-3}, {"epochs": 40})
    )
