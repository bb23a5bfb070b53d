"""The base: what a careful colleague would train first, and its ordinary settings to tune."""

from dataclasses import replace
from typing import Any

from steelyard.core.data import Data
from steelyard.core.learners import BOOSTING, PRETRAINED
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
LOGISTIC = Recipe(Step("logistic"), optim=Step("lbfgs", {"l2": 1.0}))
LINEAR_HEAD = Recipe(
    Step("linear-head", {"hidden": 0}),
    optim=Step("adam", {"learning_rate": 0.01, "l2": 0.1}),
)
SMALL_CNN = Recipe(
    Step("small-cnn", {"width": 32}),
    augment=Step("flip-shift"),
    optim=Step("sgd", {"learning_rate": 0.1, "epochs": 20, "l2": 5e-4}),
)


# What the libraries name otherwise, at what each takes by default.
_TREE_SIZE: dict[str, dict[str, Any]] = {
    "hist-gradient-boosting": {"max_leaf_nodes": 31, "min_samples_leaf": 20},
    "lightgbm": {"max_leaf_nodes": 31, "min_samples_leaf": 20},
    "xgboost": {"max_depth": 6},
    "catboost": {"max_depth": 6},
}
_L2 = {"xgboost": 1.0, "catboost": 3.0}


def boosting(n_classes: int, library: str = "hist-gradient-boosting") -> Recipe:
    """Gradient boosting; fewer rounds where every round grows a tree for each class.

    ``library`` is one of `core.learners.BOOSTING`.
    """
    rounds = 100 if n_classes <= 10 else max(20, 1000 // n_classes)
    settings = {"learning_rate": 0.1, "max_iter": rounds, "l2": _L2.get(library, 0.0)}
    return Recipe(Step(library, _TREE_SIZE[library]), optim=Step("boosting", settings))


def table_recipe(learner: str, n_classes: int) -> Recipe:
    """The learner of `core.learners.TABLES` that the user named, with its ordinary settings."""
    if learner in BOOSTING:
        return boosting(n_classes, learner)
    return {recipe.model.name: recipe for recipe in (FOREST, LOGISTIC)}[learner]


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


def base_recipe(data: Data, smallest: int, *, network: str = "", learner: str = "") -> Recipe:
    """The base for this data; ``smallest`` is the row count of the rarest class at work.

    ``network`` names one to train on images, or an ``mlp`` on features, instead of a head, and
    ``learner`` one for tables instead of the family that ``smallest`` asks for.
    """
    if data.kind == "images" or (data.kind == "features" and network == "mlp"):
        return network_recipe(network) if network else LINEAR_HEAD
    if learner:
        return table_recipe(learner, data.n_classes)
    if data.kind == "features":
        return LINEAR_HEAD
    few = smallest < FEW_ROWS and len(data.target) <= _FOREST_ROWS
    return FOREST if few else boosting(data.n_classes)


def tuning_candidates(base: Recipe, n_classes: int, n_rows: int) -> tuple[Recipe, ...]:
    """Other ordinary settings of the base, most promising first; none treats any illness.

    Of a forest, which is the base where rows are few: larger leaves and the logistic regression
    before the smaller leaves and the boosting that so few rows seldom carry.
    """
    if base.model.name == "forest":
        settings: tuple[dict[str, Any], ...] = (
            {"min_samples_leaf": 10},
            {"max_features": 0.5},
            {"min_samples_leaf": 2},
            {"min_samples_leaf": 1, "max_features": 0.5},
        )
        larger, wider, *smaller = (
            replace(base, model=base.model.but(**change)) for change in settings
        )
        # boosting grows a tree a class and round: of many classes the forests are told first
        others = [boosting(n_classes), *smaller]
        if n_classes > _MANY_CLASSES:
            others = [*smaller, boosting(n_classes)]
        return (LOGISTIC, larger, wider, *others)
    optim = base.optim
    if base.model.name == "logistic":
        strengths = tuple(replace(base, optim=optim.but(l2=l2)) for l2 in (10.0, 0.1, 100.0, 0.01))
        other_family = (FOREST,) if n_rows <= _FOREST_ROWS else (boosting(n_classes),)
        return (*strengths[:2], *other_family, *strengths[2:])
    if base.model.name in BOOSTING:
        other_family = (FOREST,) if n_rows <= _FOREST_ROWS else ()
        smaller_trees = {"max_leaf_nodes": 15, "max_depth": 4}
        return (
            replace(base, optim=optim.but(learning_rate=0.05)),
            *other_family,
            replace(
                base,
                model=base.model.but(
                    **{k: v for k, v in smaller_trees.items() if k in base.model.params}
                ),
            ),
            replace(base, optim=optim.but(l2=max(1.0, 3 * optim.params["l2"]))),
            replace(base, optim=optim.but(learning_rate=0.2)),
        )
    if base.model.name == "linear-head":
        strengths = ({"l2": 0.03}, {"l2": 0.3}, {"l2": 0.01}, {"l2": 1.0}, {"l2": 0.003})
        return tuple(replace(base, optim=optim.but(**change)) for change in strengths)
    return tuple(
        replace(base, optim=optim.but(**change))
        for change in ({"learning_rate": 0.05}, {"l2": 1e-3}, {"epochs": 40})
    )
