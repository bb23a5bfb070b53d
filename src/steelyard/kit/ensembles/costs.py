"""The costs of mistakes that re-weighting boosters read."""

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import FloatArray, IntArray


def cost_table(cost_matrix: str | ArrayLike | None, counts: IntArray) -> FloatArray:
    """``(K, K)`` costs with rows the truth and columns the decision, the largest 1, diagonal 0.

    ``uniform``: every mistake costs the same; ``inverse`` (also None): a class's mistakes cost the
    more the fewer rows it has, ``n_max / n_k``; ``log1p-inverse``: ``log(1 + n_max / n_k)``; or the
    numbers themselves, in the order of ``classes_``. imbalanced-ensemble has the decision in the
    rows and the truth in the columns; `steelyard.kit.imbens` reads a matrix that way.

    Raises
    ------
    ValueError
        Another word, a wrong shape, a negative or infinite cost, or a class that costs nothing.

    >>> cost_table("inverse", np.array([90, 10])).round(2)
    array([[0.  , 0.11],
           [1.  , 0.  ]])
    """
    K, ratio = len(counts), counts.max() / counts
    words = {"uniform": np.ones(K), "inverse": ratio, "log1p-inverse": np.log1p(ratio)}
    if cost_matrix is None or isinstance(cost_matrix, str):
        if (word := cost_matrix or "inverse") not in words:
            raise ValueError(f"cost_matrix must be (K, K) or one of {list(words)}, got {word!r}")
        cost = np.repeat(words[word][:, None], K, axis=1)
    else:
        cost = np.array(cost_matrix, dtype=np.float64)
        if cost.shape != (K, K) or not np.isfinite(cost).all() or cost.min() < 0:
            raise ValueError(
                f"cost_matrix must be ({K}, {K}), finite and not negative, got shape {cost.shape}"
            )
    np.fill_diagonal(cost, 0)
    if cost.sum(axis=1).min() <= 0:
        raise ValueError("cost_matrix must have a cost above 0 in each row, one a class")
    return np.asarray(cost / cost.max())


def class_costs(cost: FloatArray) -> FloatArray:
    """``(K,)`` what a mistake on a row of each class costs on average, the largest 1."""
    mean = cost.sum(axis=1)
    return np.asarray(mean / mean.max())


def mistake_costs(cost: FloatArray, y: IntArray, proba: FloatArray) -> FloatArray:
    """``(N,)`` the cost of each row's mistake: of the wrong class that a member finds likeliest.

    With two classes there is one wrong class, so this is the cost of the row's class.
    """
    wrong = proba.copy()
    wrong[np.arange(len(y)), y] = -1
    return np.asarray(cost[y, wrong.argmax(axis=1)])
