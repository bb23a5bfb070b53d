"""Random over- and under-sampling: row indices, never copies of the rows."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.kit.metrics.arrays import IntArray, label_array


def random_over_sample(
    target: ArrayLike, random_state: int | None = None, *, ratio: float = 1.0
) -> IntArray:
    """Row indices that repeat rows of the smaller classes.

    Parameters
    ----------
    target : (N,) class numbers
    ratio : in (0, 1]; each class gets at least this share of the largest class's rows

    Returns
    -------
    (M,) all N rows in their order, then the repeats. Within a class every row is repeated equally
    often, give or take one, so that chance does not add to the imbalance.

    Raises
    ------
    ValueError
        ``target`` holds no class numbers, or ``ratio`` lies outside (0, 1].

    >>> random_over_sample([0, 0, 0, 1], random_state=0)
    array([0, 1, 2, 3, 3, 3])
    """
    labels, counts, rng = _start(target, random_state, ratio)
    wanted = int(np.ceil(ratio * counts.max() - 1e-9))
    rows = np.arange(labels.size)
    extra = [
        np.resize(rng.permutation(rows[labels == k]), wanted - counts[k])
        for k in np.flatnonzero((counts > 0) & (counts < wanted))
    ]
    return np.concatenate([rows, *extra])


def random_under_sample(
    target: ArrayLike, random_state: int | None = None, *, ratio: float = 1.0
) -> IntArray:
    """Row indices that leave out rows of the larger classes.

    Parameters
    ----------
    target : (N,) class numbers
    ratio : in (0, 1]; the smallest class has at least this share of every other class's rows

    Returns
    -------
    (M,) sorted, no row twice.

    Raises
    ------
    ValueError
        As `random_over_sample`.

    >>> random_under_sample([0, 0, 0, 1], random_state=0, ratio=0.5)
    array([0, 2, 3])
    """
    labels, counts, rng = _start(target, random_state, ratio)
    wanted = int(counts[counts > 0].min() / ratio + 1e-9)
    rows = np.arange(labels.size)
    kept = [rng.permutation(rows[labels == k])[:wanted] for k in np.flatnonzero(counts)]
    return np.sort(np.concatenate(kept))


def _start(
    target: ArrayLike, random_state: int | None, ratio: float
) -> tuple[IntArray, NDArray[np.int64], np.random.Generator]:
    if not 0 < ratio <= 1:
        raise ValueError(f"ratio must be in (0, 1], got {ratio}")
    labels = label_array(target, "target")
    return labels, np.bincount(labels), np.random.default_rng(random_state)
