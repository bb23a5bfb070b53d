"""Probabilities moved from the class frequencies that members were trained on to those of use."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import FloatArray


def prior_in_use(prior: str | ArrayLike | None, train: FloatArray) -> FloatArray | None:
    """Frequencies ``(K,)`` of a ``prior`` argument, None for no correction.

    ``train`` is those of the training rows, ``uniform`` all alike, an array any positive scale.

    Raises
    ------
    ValueError
        Another word, a wrong length, or a frequency that is not positive.
    """
    if prior is None:
        return None
    if isinstance(prior, str):
        if prior not in ("train", "uniform"):
            raise ValueError(f"prior must be train, uniform, numbers or None, got {prior!r}")
        return train if prior == "train" else np.full(len(train), 1 / len(train))
    given = np.asarray(prior, dtype=np.float64)
    if given.shape != train.shape or not (np.isfinite(given).all() and (given > 0).all()):
        raise ValueError(f"prior must be {len(train)} positive numbers, one a class, got {prior!r}")
    return np.asarray(given / given.sum())


def move_prior(proba: FloatArray, learnt: FloatArray, in_use: FloatArray) -> FloatArray:
    """``proba (N, K)`` times ``in_use / learnt``, renormalised.

    Saerens, Latinne and Decaestecker, Neural Computation 2002, equation 4; for under-sampling Dal
    Pozzolo et al., SSCI 2015, equation 4, which is the same for two classes.

    >>> move_prior(np.array([[0.5, 0.5]]), np.array([0.5, 0.5]), np.array([0.9, 0.1]))
    array([[0.9, 0.1]])
    """
    moved: Any = proba * (in_use / learnt)
    total = moved.sum(axis=1, keepdims=True)
    return np.where(total > 0, moved / np.where(total > 0, total, 1), proba)
