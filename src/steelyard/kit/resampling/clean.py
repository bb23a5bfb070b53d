"""Cleaning for numbers and categories with gaps: which rows stay, by one of the samplers here.

The distance is that of SMOTE-NC (Chawla et al., JAIR 2002, section 6.1): numbers on one scale, and
for a category that differs as much as a number that differs by one deviation.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.kit.metrics.arrays import FloatArray, IntArray, label_array
from steelyard.kit.resampling.smote import on_one_scale

NEIGHBOURS = 3
MOST_CATEGORIES = 32  # of a column; the rarer ones count as one and the same

# name -> sampler of this room and its settings, from neighbours, of which a class may have fewer
METHODS: dict[str, tuple[str, Callable[[int], dict[str, Any]]]] = {
    "tomek-links": ("TomekLinks", lambda k: {}),
    "edited-neighbours": ("EditedNearestNeighbours", lambda k: {"n_neighbors": k}),
    "neighbourhood-cleaning": ("NeighbourhoodCleaningRule", lambda k: {"n_neighbors": k}),
    "one-sided-selection": ("OneSidedSelection", lambda k: {"random_state": 0}),
    "near-miss-1": ("NearMiss", lambda k: {"version": 1, "n_neighbors": k}),
    "near-miss-2": ("NearMiss", lambda k: {"version": 2, "n_neighbors": k}),
}


def clean_rows(
    X: ArrayLike,
    target: ArrayLike,
    method: str,
    *,
    categorical: ArrayLike | None = None,
    random_state: int | None = None,
) -> IntArray:
    """The rows that stay, ``(M,)`` sorted, no row twice; the smallest class loses none.

    A class that would be left without a row keeps all of its rows, and one with fewer rows than
    neighbours is asked for those it has.

    Parameters
    ----------
    X : (N, D) numbers, categories as their codes, missing as NaN. A missing number counts as the
        column's median, a missing category as a category of its own.
    target : (N,) class numbers
    method : of METHODS: ``tomek-links``, ``edited-neighbours``, ``neighbourhood-cleaning``,
        ``one-sided-selection``, ``near-miss-1`` or ``near-miss-2``
    categorical : (D,) which columns hold codes; None is none

    Raises
    ------
    UserError
        E176: imbalanced-learn is not installed.
    ValueError
        Shapes do not fit, infinities, or an unknown method.

    >>> X = [[0.0], [1.0], [1.1], [5.0], [6.0], [7.0]]
    >>> clean_rows(X, [1, 1, 0, 0, 0, 0], "tomek-links")
    array([0, 1, 3, 4, 5])
    """
    from steelyard.kit import resampling

    given, labels = np.asarray(X, dtype=np.float64), label_array(target, "target")
    codes = np.zeros(given.shape[-1], bool) if categorical is None else np.asarray(categorical)
    if given.ndim != 2 or len(given) != labels.size or codes.shape != given.shape[1:]:
        raise ValueError(
            f"X {given.shape} must be (N, D) with target {labels.shape} (N,) and "
            f"categorical {codes.shape} (D,)"
        )
    if method not in METHODS or np.isinf(given).any():
        raise ValueError(
            f"method must be one of {', '.join(METHODS)} and X hold no infinities, got {method!r}"
        )
    counts = np.bincount(labels)
    if np.count_nonzero(counts) < 2 or labels.size <= NEIGHBOURS:
        return np.arange(labels.size)
    name, settings = METHODS[method]
    told = settings(min(NEIGHBOURS, int(counts[counts > 0].min())))
    if "random_state" in told:
        told["random_state"] = random_state
    sampler = getattr(resampling, name)(**told)
    sampler.fit_resample(distance_columns(given, codes), labels)
    left = np.asarray(sampler.sample_indices_, dtype=np.int64)
    lost = (counts > 0) & (np.bincount(labels[left], minlength=counts.size) == 0)
    return np.unique(np.concatenate([left, np.flatnonzero(lost[labels])]))


def distance_columns(X: FloatArray, codes: NDArray[np.bool_]) -> FloatArray:
    """``(N, C)`` columns without gaps whose Euclidean distance is that of numbers and categories.

    >>> X = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 1.0]])
    >>> columns = distance_columns(X, np.array([False, True]))
    >>> float(np.linalg.norm(columns[1] - columns[2]).round(3))
    1.0
    """
    filled, _, _ = on_one_scale(X, codes)
    parts = [filled[:, ~codes]]
    for column in filled[:, codes].T:
        values, number, often = np.unique(column, return_inverse=True, return_counts=True)
        own = np.argsort(-often, kind="stable")[: MOST_CATEGORIES - 1]
        place = np.full(values.size, len(own))
        place[own] = np.arange(len(own))
        parts.append(np.eye(len(own) + 1)[place[number]] / np.sqrt(2))
    return np.hstack(parts)
