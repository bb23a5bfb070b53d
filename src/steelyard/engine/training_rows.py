"""Which rows a recipe trains on and how much each weighs: its ``sampler`` and ``loss`` slots."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.recipe import Recipe
from steelyard.kit.resampling.clean import METHODS


@dataclass(frozen=True)
class TrainingRows:
    """``X (N, ...)``, ``target (N,)`` and ``weight (N,)`` or None where all rows weigh the same.

    ``index (N,)`` says which rows of ``source`` these are; None where some are synthetic and
    ``source`` holds just these rows.
    """

    source: NDArray[Any]
    target: NDArray[np.int64]
    weight: NDArray[np.float64] | None
    index: NDArray[np.int64] | None = None

    @property
    def X(self) -> NDArray[Any]:  # noqa: N802 - the field's own name
        """The rows; copied when asked for, since heads need only the weights."""
        return self.source if self.index is None else self.source[self.index]

    def counts(self, n_classes: int) -> NDArray[np.int64]:
        """(K,) rows of each class."""
        return np.bincount(self.target, minlength=n_classes)

    def weight_of_all(self, n_rows: int) -> NDArray[np.float64] | None:
        """(n_rows,) what each row of the data weighs, 0 where not seen; None if synthetic."""
        if self.index is None:
            return None
        return np.bincount(self.index, self.weight, n_rows).astype(np.float64)


def training_rows(
    recipe: Recipe,
    X: NDArray[Any],
    target: NDArray[np.int64],
    rows: NDArray[np.int64],
    n_classes: int,
    *,
    categorical: NDArray[np.bool_],
    max_rows: int,
    random_state: int,
) -> TrainingRows:
    """Take ``rows`` of ``X``, at most ``max_rows`` of them, then re-sample and weigh them.

    Above ``max_rows`` every row of a rare class is kept and the larger classes are thinned; the
    rows that stand for others weigh as much as those they stand for, so the prior is unchanged.
    """
    weight: NDArray[np.float64] | None = None
    if len(rows) > max_rows:
        rows, weight = thin(rows, target[rows], n_classes, max_rows, random_state)
    sampler = recipe.sampler.name
    chosen = target[rows]
    if sampler in ("over-sampling", "under-sampling"):
        from steelyard.kit import resampling

        draw = getattr(resampling, f"random_{sampler.split('-')[0]}_sample")
        drawn = draw(chosen, random_state=random_state)
        rows, chosen = rows[drawn], chosen[drawn]
        weight = None if weight is None else weight[drawn]
    elif sampler in METHODS:
        from steelyard.kit.resampling import clean_rows

        left = clean_rows(
            X[rows], chosen, sampler, categorical=categorical, random_state=random_state
        )
        rows, chosen = rows[left], chosen[left]
        # near-miss makes classes equal by count: what thinning took no longer matters
        even = weight is None or sampler.startswith("near-miss")
        weight = None if even else weight[left]
    index = None if sampler == "smote" else rows
    if sampler == "smote":
        from steelyard.kit.resampling import smote

        X, chosen, _ = smote(
            X[rows],
            chosen,
            categorical=categorical,
            k_neighbors=recipe.sampler.params["k_neighbors"],
            random_state=random_state,
        )
        weight = None  # re-sampled classes are equal by count: what thinning took no longer matters
    scheme = recipe.loss.params.get("class_weight")
    if scheme is not None:
        from steelyard.kit.losses import class_weights

        counts = np.bincount(chosen, weights=weight, minlength=n_classes)
        by_class = class_weights(counts, scheme)[chosen]
        weight = by_class if weight is None else weight * by_class
    return TrainingRows(X, chosen, weight, index)


def thin(
    rows: NDArray[np.int64],
    target: NDArray[np.int64],
    n_classes: int,
    max_rows: int,
    random_state: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """At most about ``max_rows`` rows, equal quotas filled from the rarest class up, and weights.

    >>> rows, weight = thin(np.arange(1000), np.repeat([0, 1], [990, 10]), 2, 100, 0)
    >>> len(rows), float(weight[-1]), float(weight.sum())
    (100, 1.0, 1000.0)
    """
    rng = np.random.default_rng(random_state)
    counts = np.bincount(target, minlength=n_classes)
    quota = np.zeros(n_classes, dtype=int)
    left = max_rows
    by_size = np.argsort(counts, kind="stable")
    for done, k in enumerate(by_size):
        quota[k] = min(counts[k], left // (n_classes - done))
        left -= quota[k]
    kept = [
        rng.choice(np.flatnonzero(target == k), quota[k], replace=False)
        for k in range(n_classes)
        if quota[k]
    ]
    index = np.sort(np.concatenate(kept))
    weight = counts[target[index]] / quota[target[index]]
    return rows[index], weight.astype(float)
