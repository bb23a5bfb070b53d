"""The control beside MESA: one action for all members, the best of a few by validation.

It costs seconds and no agent; docs/mesa.md measures both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from steelyard.kit.mesa.cascade import Cascade
from steelyard.kit.mesa.two_classes import TwoClassEnsemble, TwoClasses
from steelyard.kit.metrics import average_precision
from steelyard.kit.metrics.arrays import FloatArray

GRID = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True)
class ConstantAction:
    """The best ``mu``, the ``grid (G,)`` and the validation ``scores (G, repeats)``."""

    mu: float
    grid: FloatArray
    scores: FloatArray


def grid_over_constant_action(
    X: Any,
    y: Any,
    *,
    validation: tuple[Any, Any] | None = None,
    estimator: Any = None,
    n_estimators: int = 10,
    grid: Sequence[float] = GRID,
    sigma: float = 0.2,
    repeats: int = 3,
    score: Callable[[Any, Any], float] = average_precision,
    random_state: Any = 0,
) -> ConstantAction:
    """The constant action in [0, 1] with the highest mean validation score.

    Parameters
    ----------
    X, y : (N, D) and (N,) of two classes
    validation : (X, y) to score on; None holds a quarter of each class out
    estimator, n_estimators : as in `MESAClassifier`
    grid : actions to try, each with the same seeds
    sigma : width of the Gaussian
    repeats : ensembles for each action
    score : f(is_rare (N,), probability (N,)), higher is better

    Raises
    ------
    ValueError
        An action outside [0, 1], and whatever `MESAClassifier` refuses.

    >>> from sklearn.datasets import load_breast_cancer
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> found = grid_over_constant_action(X, y, grid=(0.1, 0.5, 0.9), repeats=2)
    >>> found.mu in (0.1, 0.5, 0.9), found.scores.shape
    (True, (3, 2))
    """
    reader = TwoClassEnsemble(estimator, n_estimators, random_state=random_state)
    table = reader._two_classes(X, y, validation=validation)
    return search(
        table, n_estimators, grid=grid, sigma=checked_sigma(sigma), repeats=repeats, score=score
    )


def search(
    table: TwoClasses,
    n_members: int,
    *,
    grid: Sequence[float] = GRID,
    sigma: float,
    repeats: int = 3,
    score: Callable[[Any, Any], float] = average_precision,
) -> ConstantAction:
    """`grid_over_constant_action` on a table that is read already."""
    actions = [checked_action(mu) for mu in grid]
    if not actions or repeats < 1:
        raise ValueError(f"grid and repeats must not be empty, got {grid!r} and {repeats!r}")
    seeds = table.task.rng.integers(0, 2**31 - 1, repeats)
    scores = np.array(
        [[_score(table, n_members, mu, sigma, seed, score) for seed in seeds] for mu in actions]
    )
    return ConstantAction(actions[int(scores.mean(axis=1).argmax())], np.array(actions), scores)


def _score(
    table: TwoClasses,
    n_members: int,
    mu: float,
    sigma: float,
    seed: int,
    score: Callable[[Any, Any], float],
) -> float:
    cascade = Cascade(table, np.random.default_rng(seed), sigma)
    for _ in range(n_members):
        cascade.grow(mu)
    return cascade.score(score)


def checked_action(mu: Any) -> float:
    """``mu`` as a float in [0, 1]."""
    if isinstance(mu, (bool, str)) or not isinstance(mu, (int, float, np.number)):
        raise ValueError(f"an action must be a number in [0, 1], got {mu!r}")
    if not 0 <= mu <= 1:
        raise ValueError(f"an action must be in [0, 1], got {mu!r}")
    return float(mu)


def checked_sigma(sigma: Any) -> float:
    """``sigma`` as a float above 0."""
    if not isinstance(sigma, (int, float, np.number)) or not 0 < sigma < np.inf:
        raise ValueError(f"sigma must be above 0, got {sigma!r}")
    return float(sigma)
