"""Recipe -> fitted model: one place that knows which learner a recipe's ``model`` slot names."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from steelyard.core.case import Case
from steelyard.core.exam import Curve
from steelyard.core.learners import CLASS_MEANS, ENSEMBLES, HEADS, TABLES, is_network
from steelyard.core.plain import read_plain
from steelyard.core.recipe import Recipe, Step
from steelyard.engine.prepared import Prepared
from steelyard.engine.training_rows import TrainingRows, training_rows

Rows = NDArray[np.int64]
Labelled = tuple[NDArray[Any], NDArray[np.int64]]
_CURVE_ROWS = 4000


class Model(Protocol):
    """What a trial needs of a fitted model."""

    def curve(self, train: Labelled, val: Labelled) -> Curve | None:
        """Loss and score by step on both; None for a model that has no steps."""

    def predict_proba(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """(N, K) probabilities."""

    def save(self, case: Case, name: str) -> None:
        """Write it into the case's folder ``name``, without pickle."""


def fit_recipe(
    recipe: Recipe,
    data: Prepared,
    rows: Sequence[Rows],
    *,
    max_rows: int,
    seeds: Sequence[int],
    checkpoints: Sequence[Path] = (),
    on_rows: Callable[[TrainingRows], None] = lambda seen: None,
) -> Iterator[Model]:
    """Train ``recipe`` on each set of rows with its seed; a linear head on all sets at once.

    ``checkpoints`` name a file for each set, from which the training of a network goes on;
    ``on_rows`` is told the re-sampled rows of each set before its training.
    """
    seen = _resampled(recipe, data, rows, seeds, max_rows, on_rows)
    if recipe.model.name in HEADS:
        yield from _fit_heads(recipe, data, list(seen), seeds)
    elif recipe.model.name in CLASS_MEANS:
        from steelyard.engine.class_means import fit_class_means

        for one in seen:
            yield fit_class_means(one.X, one.target, data.n_classes, **recipe.model.params)
    elif recipe.model.name in (*TABLES, *ENSEMBLES):
        from steelyard.engine.tables import fit_table

        for one, seed in zip(seen, seeds):
            yield fit_table(
                recipe, one.X, one.target, data.n_classes,
                categorical=data.categorical, row_weight=one.weight, random_state=seed,
            )  # fmt: skip
    elif is_network(recipe.model.name):
        from steelyard.engine.training import train

        for one, seed, checkpoint in zip(seen, seeds, checkpoints or [None] * len(rows)):
            yield train(
                recipe, one.X, one.target, data.n_classes,
                row_weight=one.weight, random_state=seed, checkpoint=checkpoint,
            )  # fmt: skip
    else:
        raise ValueError(f"no learner for the model {recipe.model.name!r}")


def _resampled(
    recipe: Recipe,
    data: Prepared,
    rows: Sequence[Rows],
    seeds: Sequence[int],
    max_rows: int,
    on_rows: Callable[[TrainingRows], None],
) -> Iterator[TrainingRows]:
    for some, seed in zip(rows, seeds):
        seen = training_rows(
            recipe, data.seen_by(recipe.model.name), data.target, some, data.n_classes,
            categorical=data.categorical, max_rows=max_rows, random_state=seed,
        )  # fmt: skip
        on_rows(seen)
        yield seen


def _fit_heads(
    recipe: Recipe, data: Prepared, seen: Sequence[TrainingRows], seeds: Sequence[int]
) -> Iterator[Model]:
    from steelyard.engine.fitting_heads import fit_linear_head, fit_linear_heads

    loss = Step(
        recipe.loss.name, {k: v for k, v in recipe.loss.params.items() if k != "class_weight"}
    )
    settings = {"hidden": recipe.model.params["hidden"], "loss": loss, **recipe.optim.params}
    weights = [one.weight_of_all(len(data.target)) for one in seen]
    known = [weight for weight in weights if weight is not None]
    if len(known) == len(seen):
        together = np.stack(known)
        used = np.flatnonzero(together.any(axis=0))
        yield from fit_linear_heads(
            data.X[used], data.target[used], data.n_classes, together[:, used],
            random_state=seeds[0], **settings,
        )  # fmt: skip
        return
    for one, seed in zip(seen, seeds):
        yield fit_linear_head(
            one.X, one.target, data.n_classes,
            row_weight=one.weight, random_state=seed, **settings,
        )  # fmt: skip


def curve_of(model: Model, X: NDArray[Any], target: Rows, train: Rows, held: Rows) -> Curve | None:
    """Loss on training rows as they are (not re-sampled) and on held-out rows; or None."""
    train, held = (rows[:: len(rows) // _CURVE_ROWS + 1] for rows in (train, held))
    if not len(held):
        return None
    return model.curve((X[train], target[train]), (X[held], target[held]))


def load_model(folder: Path) -> Model:
    """The model that its `save` wrote; executes no code from the folder."""
    facts = read_plain(folder / "model.json")
    if facts["family"] == "linear-head":
        from steelyard.engine.linear_head import LinearHead

        return LinearHead.load(folder, facts)
    if facts["family"] == "network":
        from steelyard.engine.training import TrainedNetwork

        return TrainedNetwork.load(folder, facts)
    from steelyard.engine.tables import TableModel

    return TableModel.load(folder, facts)
