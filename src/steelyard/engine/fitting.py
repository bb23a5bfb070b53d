"""Recipe -> fitted model: one place that knows which learner a recipe's ``model`` slot names."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from steelyard.core.case import Case
from steelyard.core.exam import Curve
from steelyard.core.plain import read_plain
from steelyard.core.recipe import Recipe
from steelyard.engine.prepared import Prepared
from steelyard.engine.training_rows import TrainingRows, training_rows

Rows = NDArray[np.int64]
_CURVE_ROWS = 4000


class Model(Protocol):
    """What a trial needs of a fitted model."""

    def predict_proba(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """(N, K) probabilities."""

    def save(self, case: Case, name: str) -> None:
        """Write it into the case's folder ``name``, without pickle."""


class FittedRecipe:
    """A model together with the rows it saw, so that its learning curve can be drawn."""

    def __init__(self, model: Any, seen: TrainingRows) -> None:
        self.model, self._seen = model, seen

    def predict_proba(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """(N, K) probabilities of the fitted model."""
        proba: NDArray[np.float64] = self.model.predict_proba(X)
        return proba

    def curve(self, data: Prepared, train: Rows, held: Rows) -> Curve | None:
        """Loss on training rows as they are (not re-sampled) and on held-out rows; or None."""
        train, held = train[:: len(train) // _CURVE_ROWS + 1], held[:: len(held) // _CURVE_ROWS + 1]
        curve: Curve | None = self.model.curve(
            (data.X[train], data.target[train]), (data.X[held], data.target[held])
        )
        return curve

    def save(self, case: Case, name: str) -> None:
        """Write the model into the case's folder ``name``, without pickle."""
        self.model.save(case, name)


def fit_recipe(
    recipe: Recipe, data: Prepared, rows: Rows, *, max_rows: int, random_state: int
) -> FittedRecipe:
    """Train ``recipe`` on ``rows`` of the prepared data."""
    seen = training_rows(
        recipe, data.X, data.target, rows, data.n_classes,
        categorical=data.categorical, max_rows=max_rows, random_state=random_state,
    )  # fmt: skip
    family = recipe.model.name
    if family in ("hist-gradient-boosting", "forest"):
        from steelyard.engine.tables import fit_table

        model: Any = fit_table(
            recipe, seen.X, seen.target, data.n_classes,
            categorical=data.categorical, row_weight=seen.weight, random_state=random_state,
        )  # fmt: skip
    elif family == "linear-head":
        from steelyard.engine.linear_head import fit_linear_head

        model = fit_linear_head(
            seen.X, seen.target, data.n_classes,
            row_weight=seen.weight, random_state=random_state,
            hidden=recipe.model.params["hidden"], **recipe.optim.params,
        )  # fmt: skip
    else:
        raise ValueError(f"no learner for the model {family!r}")
    return FittedRecipe(model, seen)


def load_model(folder: Path) -> Any:
    """The model that `FittedRecipe.save` wrote; executes no code from the folder."""
    facts = read_plain(folder / "model.json")
    if facts["family"] == "linear-head":
        from steelyard.engine.linear_head import LinearHead

        return LinearHead.load(folder, facts)
    from steelyard.engine.tables import TableModel

    return TableModel.load(folder, facts)
