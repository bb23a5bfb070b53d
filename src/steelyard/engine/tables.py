"""Learners for tables: histogram gradient boosting and forests, as a Recipe describes them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.case import Case
from steelyard.core.exam import Curve
from steelyard.core.learners import ENSEMBLES
from steelyard.core.recipe import Recipe
from steelyard.engine.quantile_codes import QuantileCodes
from steelyard.kit.metrics import balanced_accuracy, log_loss
from steelyard.kit.pictures.stages import staged_proba

# scikit-learn's trees see float32 and add all cells up to see that they are finite: both must hold
_LARGEST = 1e30
_CURVE_POINTS = 20
# What skops may rebuild when it loads a model: scikit-learn's classes, ours, and nothing else.
_TRUSTED = [
    "functools.partial",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
    "steelyard.kit.ensembles.balanced_random_forest.BalancedRandomForestClassifier",
    "steelyard.kit.ensembles.binned.Bins",
    "steelyard.kit.ensembles.features.Reading",
    "steelyard.kit.ensembles.self_paced.SelfPacedEnsembleClassifier",
    "steelyard.kit.ensembles.under_bagging.UnderBaggingClassifier",
]


@dataclass(frozen=True)
class TableModel:
    """A fitted scikit-learn classifier that always answers for all K classes.

    ``codes`` turns rows into what the estimator was trained on; None where it saw them as they are.
    ``member_counts`` (M, K) are the rows of each class that each member of an ensemble saw, known
    after training and not stored.
    """

    estimator: Any
    n_classes: int
    codes: QuantileCodes | None = None
    member_counts: NDArray[np.int64] | None = None

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, K) probabilities; a class absent from the training rows gets 0."""
        if not len(X):  # a fold without rows, where rows of one unit are all there are of a class
            return np.zeros((0, self.n_classes))
        return self._all_classes(self.estimator.predict_proba(self._seen(X)))

    def _seen(self, X: NDArray[np.floating]) -> NDArray[np.floating]:
        return _within_float32(X) if self.codes is None else self.codes(X)

    def _all_classes(self, proba: NDArray[np.float64]) -> NDArray[np.float64]:
        full = np.zeros((len(proba), self.n_classes))
        known = self.estimator.classes_.astype(int)
        full[:, known] = proba[:, : len(known)]  # boosting answers for two where it saw but one
        return full

    def curve(
        self,
        train: tuple[NDArray[np.floating], NDArray[np.int64]],
        val: tuple[NDArray[np.floating], NDArray[np.int64]],
    ) -> Curve | None:
        """Loss and balanced accuracy by boosting round, or by member of an ensemble.

        None for a plain forest, which has no rounds.
        """
        if self.member_counts is None and not hasattr(self.estimator, "n_iter_"):
            return None
        rounds = getattr(self.estimator, "n_iter_", 0) or len(self.estimator.estimators_)
        every = max(1, rounds // _CURVE_POINTS)
        losses: list[list[float]] = []
        scores: list[list[float]] = []
        for X, target in (train, val):
            stages = enumerate(staged_proba(self.estimator, self._seen(X)))
            probas = [self._all_classes(p) for i, p in stages if i % every == every - 1]
            losses.append([log_loss(target, p) for p in probas])
            scores.append([balanced_accuracy(target, p.argmax(1), self.n_classes) for p in probas])
        steps = np.arange(1, len(losses[0]) + 1, dtype=float) * every
        return Curve(steps, *map(np.array, (losses[0], losses[1], scores[0], scores[1])))

    def save(self, case: Case, name: str) -> None:
        """Write ``name/model.skops`` and ``name/model.json``."""
        import skops.io

        case.write(f"{name}/model.skops", lambda part: part.write(skops.io.dumps(self.estimator)))
        if self.codes is not None:
            edges = {str(j): column for j, column in enumerate(self.codes.edges)}
            case.write_arrays(f"{name}/codes.npz", edges)
        case.write_json(f"{name}/model.json", {"family": "table", "n_classes": self.n_classes})

    @classmethod
    def load(cls, folder: Path, facts: dict[str, Any]) -> "TableModel":
        """Rebuild it from what `save` wrote. Raises if the file holds any other type."""
        import skops.io

        estimator = skops.io.load(folder / "model.skops", trusted=_TRUSTED)
        codes = None
        if stored := Case(folder).read_arrays("codes.npz"):
            codes = QuantileCodes(tuple(stored[str(j)] for j in range(len(stored))))
        return cls(estimator, facts["n_classes"], codes)


def fit_table(
    recipe: Recipe,
    X: NDArray[np.floating],
    target: NDArray[np.int64],
    n_classes: int,
    *,
    categorical: NDArray[np.bool_],
    row_weight: NDArray[np.float64] | None,
    random_state: int,
) -> TableModel:
    """Train the recipe's ``model`` with its ``optim`` settings on the given rows."""
    model, optim = recipe.model.params, recipe.optim.params
    codes: QuantileCodes | None = None
    if recipe.model.name in ENSEMBLES:
        estimator: Any = ensemble(recipe.model.name, model["n_estimators"], random_state)
    elif recipe.model.name == "forest":
        from sklearn.ensemble import RandomForestClassifier

        estimator = RandomForestClassifier(
            n_estimators=model["n_estimators"],
            min_samples_leaf=model["min_samples_leaf"],
            max_features=model["max_features"],
            n_jobs=1,
            random_state=random_state,
        )
    else:
        from sklearn.ensemble import HistGradientBoostingClassifier

        estimator = HistGradientBoostingClassifier(
            learning_rate=optim["learning_rate"],
            max_iter=optim["max_iter"],
            l2_regularization=optim["l2"],
            max_leaf_nodes=model["max_leaf_nodes"],
            min_samples_leaf=model["min_samples_leaf"],
            categorical_features=categorical if categorical.any() else None,
            early_stopping=False,
            random_state=random_state,
        )
        if row_weight is not None:
            codes = QuantileCodes.of(X)
    seen = _within_float32(X) if codes is None else codes(X)
    estimator.fit(seen, target, sample_weight=row_weight)
    drawn = _member_counts(estimator, target, n_classes) if recipe.model.name in ENSEMBLES else None
    return TableModel(estimator, n_classes, codes, drawn)


def _member_counts(estimator: Any, target: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    """(M, K) rows of each class that each member was trained on."""
    if not hasattr(estimator, "member_counts_"):
        drawn = [
            np.bincount(target[rows], minlength=n_classes) for rows in estimator.estimators_samples_
        ]
        return np.stack(drawn)
    full = np.zeros((len(estimator.member_counts_), n_classes), dtype=np.int64)
    full[:, estimator.classes_.astype(int)] = estimator.member_counts_
    return full


def ensemble(name: str, n_estimators: int, random_state: int) -> Any:
    """One of `core.learners.ENSEMBLES`: of short boostings, of trees, or of boostings as they are.

    ``bagging`` is the control of the others: as many members, on rows that nobody balanced.
    """
    from sklearn.ensemble import BaggingClassifier, HistGradientBoostingClassifier

    from steelyard.kit import ensembles

    if name == "bagging":
        member = HistGradientBoostingClassifier(
            max_iter=25, learning_rate=0.3, early_stopping=False, random_state=random_state
        )
        return BaggingClassifier(member, n_estimators, n_jobs=1, random_state=random_state)
    if name == "self-paced":
        return ensembles.SelfPacedEnsembleClassifier(
            "boosting", n_estimators, n_jobs=1, random_state=random_state
        )
    kind = {
        "under-bagging": ensembles.UnderBaggingClassifier,
        "balanced-forest": ensembles.BalancedRandomForestClassifier,
    }[name]
    return kind(n_estimators=n_estimators, n_jobs=1, random_state=random_state)


def _within_float32(X: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.clip(X, -_LARGEST, _LARGEST)
