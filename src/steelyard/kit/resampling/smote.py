"""SMOTE for numbers, categories and both, through imbalanced-learn.

Chawla et al., SMOTE: Synthetic Minority Over-sampling Technique, JAIR 2002: SMOTE (section 4.2),
SMOTE-NC for numbers and categories (section 6.1), SMOTE-N for categories alone (section 6.2).
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core.errors import UserError
from steelyard.kit.metrics.arrays import FloatArray, IntArray, label_array
from steelyard.kit.resampling.random_sampling import random_over_sample


def smote(
    X: ArrayLike,
    target: ArrayLike,
    *,
    categorical: ArrayLike | None = None,
    k_neighbors: int = 5,
    random_state: int | None = None,
) -> tuple[FloatArray, IntArray, NDArray[np.bool_]]:
    """Bring every class to the size of the largest with rows between a row and its neighbours.

    A class with too few rows for ``k_neighbors`` takes the neighbours it has; a class with one row
    is repeated. Columns are put on one scale first, so that no unit decides who is a neighbour.
    Missing numbers count as the column's median and missing categories as a category of their own,
    both for finding neighbours and in what is synthesised; given rows keep their NaN.

    Parameters
    ----------
    X : (N, D) numbers, categories as their codes, missing as NaN
    target : (N,) class numbers
    categorical : (D,) which columns hold codes; None is none

    Returns
    -------
    X : (M, D) the N given rows as they were, then the synthetic ones.
    target : (M,)
    is_synthetic : (M,)

    Raises
    ------
    UserError
        E176: imbalanced-learn is not installed.
    ValueError
        Shapes do not fit, infinities, or ``k_neighbors`` under 1.
    """
    given, labels = np.asarray(X, dtype=np.float64), label_array(target, "target")
    codes = np.zeros(given.shape[-1], bool) if categorical is None else np.asarray(categorical)
    if given.ndim != 2 or len(given) != labels.size or codes.shape != given.shape[1:]:
        raise ValueError(
            f"X {given.shape} must be (N, D) with target {labels.shape} (N,) and "
            f"categorical {codes.shape} (D,)"
        )
    if k_neighbors < 1 or np.isinf(given).any():
        raise ValueError(f"X must hold no infinities and k_neighbors be >= 1, got {k_neighbors}")
    counts = np.bincount(labels)
    filled, centre, scale = on_one_scale(given, codes)
    added, classes = [given], [labels]
    for k, wanted in _classes_by_neighbours(counts, k_neighbors).items():
        if k == 0:
            single = random_over_sample(labels, random_state)[labels.size :]
            rows = single[np.isin(labels[single], list(wanted))]
            new, new_labels = given[rows], labels[rows]
        else:
            sampler = _sampler(codes, k, wanted, random_state)
            everything, all_labels = sampler.fit_resample(filled, labels)
            new, new_labels = everything[labels.size :] * scale + centre, all_labels[labels.size :]
            new[:, codes] = np.where(new[:, codes] < 0, np.nan, new[:, codes])
        added.append(new)
        classes.append(new_labels)
    new_target = np.concatenate(classes).astype(np.int64)
    return np.concatenate(added), new_target, np.arange(new_target.size) >= labels.size


def _classes_by_neighbours(
    counts: NDArray[np.int64], k_neighbors: int
) -> dict[int, dict[int, int]]:
    """Neighbours to use -> class -> rows wanted, for the classes below the largest."""
    groups: dict[int, dict[int, int]] = {}
    largest = int(counts.max())
    for k in np.flatnonzero((counts > 0) & (counts < largest)).tolist():
        groups.setdefault(min(k_neighbors, int(counts[k]) - 1), {})[k] = largest
    return groups


def on_one_scale(
    X: FloatArray, codes: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """``X`` without gaps and with numbers standardised; the centre and scale to undo it, (D,)."""
    centre, scale = np.zeros(X.shape[1]), np.ones(X.shape[1])
    filled = np.where(np.isnan(X), -1.0, X)
    for column in np.flatnonzero(~codes):
        seen = X[:, column][~np.isnan(X[:, column])]
        if seen.size:
            centre[column], scale[column] = np.median(seen), seen.std() or 1.0
        filled[:, column] = np.nan_to_num((X[:, column] - centre[column]) / scale[column], nan=0.0)
    return filled, centre, scale


def _sampler(
    codes: NDArray[np.bool_], k: int, wanted: dict[int, int], random_state: int | None
) -> Any:
    try:
        from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC
    except ImportError as error:
        raise UserError(
            "E176",
            "SMOTE needs imbalanced-learn, which is not installed",
            fix='pip install "steelyard[resample]"',
        ) from error
    facts = {"sampling_strategy": wanted, "k_neighbors": k, "random_state": random_state}
    if codes.all():
        return SMOTEN(**facts)
    if codes.any():
        return SMOTENC(np.flatnonzero(codes).tolist(), **facts)
    return SMOTE(**facts)
