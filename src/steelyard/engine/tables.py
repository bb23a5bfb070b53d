"""Fitted learners for tables: trained as a Recipe describes, asked, stored and read again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.case import Case
from steelyard.core.exam import Curve
from steelyard.core.learners import BOOSTERS
from steelyard.core.recipe import Recipe
from steelyard.engine.quantile_codes import QuantileCodes
from steelyard.engine.table_learners import fit, learner
from steelyard.kit.metrics import balanced_accuracy, log_loss
from steelyard.kit.pictures import stages

# scikit-learn's trees see float32 and add all cells up to see that they are finite: both must hold
_LARGEST = 1e30
_CURVE_POINTS = 20
# What skops may rebuild when it loads a model: scikit-learn's classes, ours, the boosting
# libraries' (whose trees are text or bytes that execute nothing), and nothing else.
_TRUSTED = [
    "catboost.core.CatBoostClassifier",
    "collections.OrderedDict",
    "functools.partial",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
    "steelyard.kit.ensembles.adacost.AdaCostClassifier",
    "steelyard.kit.ensembles.balanced_random_forest.BalancedRandomForestClassifier",
    "steelyard.kit.ensembles.binned.Bins",
    "steelyard.kit.ensembles.features.Reading",
    "steelyard.kit.ensembles.over_bagging.OverBaggingClassifier",
    "steelyard.kit.ensembles.self_paced.SelfPacedEnsembleClassifier",
    "steelyard.kit.ensembles.smote_bagging.SMOTEBaggingClassifier",
    "steelyard.kit.ensembles.under_bagging.UnderBaggingClassifier",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
]


@dataclass(frozen=True)
class TableModel:
    """A fitted classifier of scikit-learn's manners that always answers for all K classes.

    Attributes
    ----------
    codes : turns rows into what the estimator was trained on; None where it saw them as they are.
    name : of `core.learners.BOOSTERS`, each of which takes rows in its own way; else empty.
    classes : the class number of each column of a booster's answer.
    categorical : (D,) columns of codes, for a booster.
    member_counts : (M, K) rows of each class that each member of an ensemble saw, known after
        training and not stored.
    """

    estimator: Any
    n_classes: int
    codes: QuantileCodes | None = None
    name: str = ""
    classes: tuple[int, ...] = ()
    categorical: tuple[bool, ...] = ()
    member_counts: NDArray[np.int64] | None = None

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, K) probabilities; a class absent from the training rows gets 0."""
        if not len(X):  # a fold without rows, where rows of one unit are all there are of a class
            return np.zeros((0, self.n_classes))
        return self._all_classes(self.estimator.predict_proba(self._seen(X)))

    def _seen(self, X: NDArray[np.floating]) -> NDArray[Any]:
        if self.codes is not None:
            return self.codes(X)
        return _seen(self.name, _within_float32(X), np.array(self.categorical, bool))

    def _all_classes(self, proba: NDArray[np.float64]) -> NDArray[np.float64]:
        full = np.zeros((len(proba), self.n_classes))
        known = np.array(self.classes or self.estimator.classes_).astype(int)
        full[:, known] = proba[:, : len(known)]  # boosting answers for two where it saw but one
        return full

    def curve(
        self,
        train: tuple[NDArray[np.floating], NDArray[np.int64]],
        val: tuple[NDArray[np.floating], NDArray[np.int64]],
    ) -> Curve | None:
        """Loss and balanced accuracy by boosting round or member; None for what has neither.

        A plain forest, whose trees are no steps of a training, has none.
        """
        losses: list[list[float]] = []
        scores: list[list[float]] = []
        steps: list[float] = []
        for X, target in (train, val):
            points = [(step, self._all_classes(p)) for step, p in self._stages(self._seen(X))]
            steps = [float(step) for step, _ in points]
            losses.append([log_loss(target, p) for _, p in points])
            scores.append(
                [balanced_accuracy(target, p.argmax(1), self.n_classes) for _, p in points]
            )
        if not steps:
            return None
        return Curve(np.array(steps), *map(np.array, (*losses, *scores)))

    def _stages(self, seen: NDArray[Any]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """About twenty rounds, and the estimator's answer (N, .) after each."""
        if self.name:
            from steelyard.engine.boosters import rounds_of, staged_proba

            n = rounds_of(self.estimator)
            every = max(1, n // _CURVE_POINTS)
            for step in range(every, n + 1, every):
                yield step, staged_proba(self.estimator, seen, step)
        elif self.member_counts is not None or hasattr(self.estimator, "n_iter_"):
            n = getattr(self.estimator, "n_iter_", 0) or len(self.estimator.estimators_)
            every = max(1, n // _CURVE_POINTS)
            for step, proba in enumerate(stages.staged_proba(self.estimator, seen), start=1):
                if step % every == 0:
                    yield step, proba

    def save(self, case: Case, name: str) -> None:
        """Write ``name/model.skops`` and ``name/model.json``."""
        import skops.io

        case.write(f"{name}/model.skops", lambda part: part.write(skops.io.dumps(self.estimator)))
        if self.codes is not None:
            edges = {str(j): column for j, column in enumerate(self.codes.edges)}
            case.write_arrays(f"{name}/codes.npz", edges)
        facts = {
            "family": "table",
            "n_classes": self.n_classes,
            "library": self.name,
            "classes": list(self.classes),
            "categorical": list(self.categorical),
        }
        case.write_json(f"{name}/model.json", facts)

    @classmethod
    def load(cls, folder: Path, facts: dict[str, Any]) -> "TableModel":
        """Rebuild it from what `save` wrote. Raises if the file holds any other type."""
        import skops.io

        name = facts.get("library", "")
        if name:
            from steelyard.engine.boosters import require_booster

            require_booster(name)
        estimator = skops.io.load(folder / "model.skops", trusted=_TRUSTED)
        codes = None
        if stored := Case(folder).read_arrays("codes.npz"):
            codes = QuantileCodes(tuple(stored[str(j)] for j in range(len(stored))))
        told = (tuple(facts.get(key, ())) for key in ("classes", "categorical"))
        return cls(estimator, facts["n_classes"], codes, name, *told)


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
    name = recipe.model.name
    estimator = learner(recipe, categorical, random_state)
    if name in BOOSTERS:
        from steelyard.engine.boosters import told_when_fitted

        present = target if row_weight is None else target[row_weight > 0]
        classes = np.unique(present)
        fitted = fit(
            name, estimator, _seen(name, _within_float32(X), categorical),
            np.searchsorted(classes, target), row_weight, **told_when_fitted(name, categorical),
        )  # fmt: skip
        known = tuple(classes.tolist()), tuple(categorical.tolist())
        return TableModel(fitted, n_classes, None, name, *known)
    codes = None
    if name == "hist-gradient-boosting" and row_weight is not None:
        codes = QuantileCodes.of(X)
    seen = _within_float32(X) if codes is None else codes(X)
    fitted = fit(name, estimator, seen, target, row_weight)
    drawn = _member_counts(fitted, n_classes) if hasattr(fitted, "member_counts_") else None
    return TableModel(fitted, n_classes, codes, member_counts=drawn)


def _member_counts(ensemble: Any, n_classes: int) -> NDArray[np.int64]:
    """(M, K) rows of each class that each member was trained on."""
    full = np.zeros((len(ensemble.member_counts_), n_classes), dtype=np.int64)
    full[:, ensemble.classes_.astype(int)] = ensemble.member_counts_
    return full


def _seen(name: str, X: NDArray[np.floating], categorical: NDArray[np.bool_]) -> NDArray[Any]:
    if name not in BOOSTERS:
        return X
    from steelyard.engine.boosters import seen_by_booster

    return seen_by_booster(name, X, categorical)


def _within_float32(X: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.clip(X, -_LARGEST, _LARGEST)
