"""What a classifier decides everywhere in the plane of two columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from steelyard.kit.metrics.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class DecisionGrid:
    """``best (S, S)`` class number and ``sure (S, S)`` its probability at ``x (S,)``, ``y (S,)``.

    Row i of the arrays is at ``y[i]``, column j at ``x[j]``.
    """

    classes: tuple[Any, ...]
    x: FloatArray
    y: FloatArray
    best: IntArray
    sure: FloatArray


def decision_grid(model: Any, X: Any, *, steps: int = 200) -> DecisionGrid:
    """Ask ``model`` at ``steps`` by ``steps`` points around the rows ``X (N, 2)``.

    Raises
    ------
    ValueError
        ``X`` has not two columns of finite numbers, or ``steps`` is under 2.

    >>> from sklearn.linear_model import LogisticRegression
    >>> X = [[0, 0], [0, 1], [4, 0], [4, 1]]
    >>> decision_grid(LogisticRegression().fit(X, [0, 0, 1, 1]), X, steps=2).best
    array([[0, 1],
           [0, 1]])
    """
    rows = np.asarray(X, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 2 or not np.isfinite(rows).all():
        raise ValueError(
            f"X must have two columns of finite numbers, got shape {rows.shape}; fit the model on "
            f"two columns, or on two components of all"
        )
    if steps < 2:
        raise ValueError(f"steps must be at least 2, got {steps!r}")
    low, high = rows.min(axis=0), rows.max(axis=0)
    air = 0.08 * np.where(high > low, high - low, 1.0)
    x, y = (np.linspace(low[j] - air[j], high[j] + air[j], steps) for j in (0, 1))
    points: Any = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    if hasattr(X, "columns"):
        points = type(X)(dict(zip(X.columns, points.T)))
    proba = np.asarray(model.predict_proba(points))
    best = proba.argmax(axis=1)
    sure = proba[np.arange(len(best)), best]
    shape = (steps, steps)
    classes = tuple(np.asarray(model.classes_).tolist())
    return DecisionGrid(classes, x, y, best.reshape(shape), sure.reshape(shape))
