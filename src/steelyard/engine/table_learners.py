"""The unfitted learners for tables that a recipe's ``model`` slot names, with its settings."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.learners import BOOSTERS, ENSEMBLES
from steelyard.core.recipe import Recipe

_MOST_BAGGED, _LEAST_BAGGED = 20_000, 50


def learner(recipe: Recipe, categorical: NDArray[np.bool_], random_state: int) -> Any:
    """A scikit-learn classifier on one thread; ``categorical (D,)`` columns hold codes."""
    name, model, optim = recipe.model.name, recipe.model.params, recipe.optim.params
    if name in ENSEMBLES:
        return ensemble(name, random_state=random_state, **model)
    if name in BOOSTERS:
        from steelyard.engine.boosters import booster

        return booster(recipe, categorical, random_state)
    if name == "logistic":
        return logistic(categorical, **optim)
    if name == "forest":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(
            n_estimators=model["n_estimators"],
            min_samples_leaf=model["min_samples_leaf"],
            max_features=model["max_features"],
            n_jobs=1,
            random_state=random_state,
        )
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=optim["learning_rate"],
        max_iter=optim["max_iter"],
        l2_regularization=optim["l2"],
        max_leaf_nodes=model["max_leaf_nodes"],
        min_samples_leaf=model["min_samples_leaf"],
        categorical_features=categorical if categorical.any() else None,
        early_stopping=False,
        random_state=random_state,
    )


def logistic(categorical: NDArray[np.bool_], l2: float = 1.0) -> Any:
    """Logistic regression on standardised numbers and one column a category.

    Missing numbers are the column's median, with a column that says so; a missing category is one
    of its own, one that training did not hold is none. ``l2`` is scikit-learn's ``1 / C``.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
    )
    codes = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer(
        [
            ("numbers", numbers, np.flatnonzero(~categorical).tolist()),
            ("codes", codes, np.flatnonzero(categorical).tolist()),
        ]
    )
    return make_pipeline(columns, LogisticRegression(C=1 / l2, max_iter=1000))


def ensemble(name: str, n_estimators: int, random_state: int, member: str = "boosting") -> Any:
    """One of `core.learners.ENSEMBLES`: of short boostings, of trees, or of ``member`` as it is.

    Two are controls of the others. ``bagging``: as many of their members, on rows that nobody
    balanced; it has to be fitted with the classes' own counts, see `fit`. ``adaboost``: AdaCost,
    fitted with costs that are all the same.
    """
    from steelyard.kit import ensembles

    given = {"n_estimators": n_estimators, "n_jobs": 1, "random_state": random_state}
    if name == "bagging":
        return ensembles.UnderBaggingClassifier(member, replacement=True, **given)
    if name == "self-paced":
        return ensembles.SelfPacedEnsembleClassifier("boosting", **given)
    kind = {
        "adaboost": ensembles.AdaCostClassifier,
        "adacost": ensembles.AdaCostClassifier,
        "over-bagging": ensembles.OverBaggingClassifier,
        "smote-bagging": ensembles.SMOTEBaggingClassifier,
        "under-bagging": ensembles.UnderBaggingClassifier,
        "balanced-forest": ensembles.BalancedRandomForestClassifier,
    }[name]
    return kind(**given)


def rows_as_they_are(target: NDArray[np.int64]) -> dict[int, int]:
    """Class -> rows in a bootstrap that balances nothing: the classes' own counts.

    Of more than 20,000 rows as many in the same proportions, so that a hundred trees take no longer
    than that; a class keeps 50 rows, or those it has.

    >>> rows_as_they_are(np.repeat([0, 1, 2], [90, 10, 3]))
    {0: 90, 1: 10, 2: 3}
    >>> rows_as_they_are(np.repeat([0, 1, 2], [35_900, 4000, 100]))
    {0: 17950, 1: 2000, 2: 50}
    """
    classes, counts = np.unique(target, return_counts=True)
    share = min(1.0, _MOST_BAGGED / len(target))
    kept = np.maximum(np.round(share * counts).astype(int), np.minimum(counts, _LEAST_BAGGED))
    return dict(zip(classes.tolist(), kept.tolist()))


def fit(
    name: str,
    estimator: Any,
    X: NDArray[np.floating],
    target: NDArray[np.int64],
    row_weight: NDArray[np.float64] | None,
    **how: Any,
) -> Any:
    """``estimator`` trained, its ``fit`` told ``how``; of one class what knows no other."""
    if row_weight is not None and not row_weight.all():
        X, target, row_weight = (part[row_weight > 0] for part in (X, target, row_weight))
    if target.min() == target.max():
        from sklearn.dummy import DummyClassifier

        return DummyClassifier(strategy="prior").fit(np.zeros((len(target), 1)), target)
    if name == "logistic":
        from sklearn.exceptions import ConvergenceWarning

        with warnings.catch_warnings():  # near the end of the way is as good as the end
            warnings.simplefilter("ignore", ConvergenceWarning)
            return estimator.fit(X, target, logisticregression__sample_weight=row_weight)
    if name == "bagging":
        own = rows_as_they_are(target)
        return estimator.fit(X, target, sample_weight=row_weight, n_target_samples=own)
    if name == "adaboost":
        return estimator.fit(X, target, sample_weight=row_weight, cost_matrix="uniform")
    return estimator.fit(X, target, sample_weight=row_weight, **how)
