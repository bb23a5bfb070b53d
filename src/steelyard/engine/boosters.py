"""LightGBM, XGBoost and CatBoost as learners for tables, on one thread and with categories."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.errors import UserError
from steelyard.core.learners import BOOSTERS
from steelyard.core.recipe import Recipe


def require_booster(name: str) -> None:
    """`UserError` E177 where ``name`` is a boosting library that is not installed."""
    if name in BOOSTERS and find_spec(name) is None:
        raise UserError(
            "E177",
            f"the model '{name}' is not installed",
            where="--model",
            why="it is a package of its own",
            fix='pip install "steelyard[boost]"',
        )


def booster(recipe: Recipe, categorical: NDArray[np.bool_], random_state: int) -> Any:
    """The library's own scikit-learn classifier; labels must be 0 to K - 1 without a gap.

    Raises `UserError` E177 where the library is not installed.
    """
    name, model, optim = recipe.model.name, recipe.model.params, recipe.optim.params
    require_booster(name)
    if name == "lightgbm":
        from lightgbm import LGBMClassifier

        return LGBMClassifier(
            learning_rate=optim["learning_rate"],
            n_estimators=optim["max_iter"],
            reg_lambda=optim["l2"],
            num_leaves=model["max_leaf_nodes"],
            min_child_samples=model["min_samples_leaf"],
            random_state=random_state,
            n_jobs=1,
            deterministic=True,
            force_row_wise=True,
            verbose=-1,
        )
    if name == "xgboost":
        from xgboost import XGBClassifier

        return XGBClassifier(
            learning_rate=optim["learning_rate"],
            n_estimators=optim["max_iter"],
            reg_lambda=optim["l2"],
            max_depth=model["max_depth"],
            random_state=random_state,
            n_jobs=1,
            tree_method="hist",
            enable_categorical=True,
            feature_types=["c" if codes else "q" for codes in categorical],
        )
    from catboost import CatBoostClassifier

    return CatBoostClassifier(
        learning_rate=optim["learning_rate"],
        iterations=optim["max_iter"],
        l2_leaf_reg=optim["l2"],
        depth=model["max_depth"],
        random_seed=random_state,
        thread_count=1,
        verbose=False,
        allow_writing_files=False,
        cat_features=np.flatnonzero(categorical).tolist(),
    )


def seen_by_booster(
    name: str, X: NDArray[np.floating], categorical: NDArray[np.bool_]
) -> NDArray[Any]:
    """``X (N, D)`` as the library takes it: CatBoost wants its categories to be no numbers."""
    if name != "catboost" or not categorical.any():
        return X
    mixed = X.astype(object)
    codes = np.nan_to_num(X[:, categorical], nan=-1).astype(np.int64)
    mixed[:, categorical] = codes.astype(str)
    return mixed


def told_when_fitted(name: str, categorical: NDArray[np.bool_]) -> dict[str, Any]:
    """What the library's ``fit`` wants to be told, and not its constructor."""
    if name != "lightgbm" or not categorical.any():
        return {}
    return {"categorical_feature": np.flatnonzero(categorical).tolist()}


def rounds_of(estimator: Any) -> int:
    """How many rounds a fitted booster has; 0 of what stands in for one."""
    asked = {
        "LGBMClassifier": lambda: estimator.n_estimators_,
        "XGBClassifier": lambda: estimator.get_booster().num_boosted_rounds(),
        "CatBoostClassifier": lambda: estimator.tree_count_,
    }
    return int(asked.get(type(estimator).__name__, int)())


def staged_proba(estimator: Any, X: NDArray[Any], rounds: int) -> NDArray[np.float64]:
    """(N, K) of the first ``rounds`` rounds of a fitted booster."""
    limit: dict[str, Any] = {
        "LGBMClassifier": {"num_iteration": rounds},
        "XGBClassifier": {"iteration_range": (0, rounds)},
        "CatBoostClassifier": {"ntree_end": rounds},
    }[type(estimator).__name__]
    return np.asarray(estimator.predict_proba(X, **limit), dtype=np.float64)
