"""An ensemble's probabilities after each member, at the price of one prediction a member."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from steelyard.kit.metrics.arrays import FloatArray


def staged_proba(model: Any, X: Any) -> Iterator[FloatArray]:
    """``(N, K)`` after the first member, the first two, and so on, in the order of ``classes_``.

    Ensembles of this kit and boostings of scikit-learn have ``staged_predict_proba``; bagging and
    forests have ``estimators_``, whose probabilities are averaged.

    Raises
    ------
    ValueError
        ``model`` has neither, so it is no ensemble or is not fitted.

    >>> from sklearn.ensemble import RandomForestClassifier
    >>> forest = RandomForestClassifier(3, random_state=0).fit([[0], [1], [2]], [0, 0, 1])
    >>> stages = list(staged_proba(forest, [[2]]))
    >>> len(stages), bool((stages[-1] == forest.predict_proba([[2]])).all())
    (3, True)
    """
    if hasattr(model, "staged_predict_proba"):
        return iter(model.staged_predict_proba(X))
    if not hasattr(model, "estimators_") or not hasattr(model, "classes_"):
        raise ValueError(
            f"{type(model).__name__} has neither staged_predict_proba nor estimators_; "
            f"give a fitted ensemble of classifiers"
        )
    return _averages(model, X)


def _averages(model: Any, X: Any) -> Iterator[FloatArray]:
    rows = np.asarray(X) if hasattr(X, "columns") else X
    members = list(np.ravel(np.asarray(model.estimators_, dtype=object)))
    columns = getattr(model, "estimators_features_", None)
    total: Any = 0.0
    K = len(model.classes_)
    for i, member in enumerate(members):
        seen = rows if columns is None else np.asarray(rows)[:, columns[i]]
        own = np.asarray(member.predict_proba(seen), dtype=np.float64)
        proba = np.zeros((len(own), K))
        # members of scikit-learn's ensembles know classes by their numbers
        proba[:, np.asarray(member.classes_, dtype=int)] = own
        total = total + proba
        yield np.asarray(total / (i + 1))
