"""Draw a learning curve from the states that a training left behind."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.exam import Curve
from steelyard.kit.metrics import balanced_accuracy, log_loss

Labelled = tuple[NDArray[Any], NDArray[np.int64]]


def learning_curve(
    steps: Sequence[float],
    proba_at: Callable[[float, NDArray[Any]], NDArray[np.float64]],
    train: Labelled,
    val: Labelled,
) -> Curve:
    """Mean log-loss and balanced accuracy at each step; ``proba_at(step, X)`` gives (N, K)."""
    points = []
    for step in steps:
        for X, target in (train, val):
            proba = proba_at(step, X)
            score = balanced_accuracy(target, proba.argmax(1), proba.shape[1])
            points += [log_loss(target, proba), score]
    train_loss, train_score, val_loss, val_score = np.array(points).reshape(-1, 4).T
    return Curve(np.array(steps), train_loss, val_loss, train_score, val_score)
