"""What an under-sampler by hardness is told of the ensemble so far."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.kit.metrics.arrays import FloatArray


def row_hardness(
    y: NDArray[Any], proba: ArrayLike | None, classes: ArrayLike | None, encode_map: Any
) -> FloatArray:
    """``(N,)`` one minus the probability of each row's class; 0 without an ensemble.

    Raises
    ------
    ValueError
        Probabilities of another shape or none at all, or a label of ``y`` without a column.
    """
    if proba is None:
        return np.zeros(len(y))
    names = np.unique(y) if classes is None else np.asarray(classes)
    known = encode_map if classes is None and isinstance(encode_map, Mapping) else ()
    n_classes = max(len(names), len(known))  # an ensemble may know classes that y lacks
    given = _proba(proba, (len(y), n_classes))
    labels, codes = np.unique(y, return_inverse=True)
    column = _columns(names, encode_map, n_classes)
    if unknown := [label for label in labels.tolist() if label not in column]:
        told = "classes_" if encode_map is None else "encode_map"
        raise ValueError(f"{told} must hold the labels of y, got none for {unknown[0]!r}")
    own = np.array([column[label] for label in labels.tolist()])[codes]
    return np.asarray(1 - given[np.arange(len(y)), own])


def _proba(proba: ArrayLike, shape: tuple[int, int]) -> FloatArray:
    given = np.asarray(proba, dtype=np.float64)
    odd = int((~np.isfinite(given)).sum())
    if given.shape != shape or odd:
        got = given.shape if given.shape != shape else f"{odd} that are not"
        raise ValueError(
            f"y_pred_proba must be finite and {shape}, a column for each class, got {got}"
        )
    if given.min() < -1e-9 or given.max() > 1 + 1e-9:
        raise ValueError(
            f"y_pred_proba must be probabilities between 0 and 1, got {given.min():.3g} to "
            f"{given.max():.3g}; logits need a softmax first"
        )
    return given.clip(0, 1)


def _columns(names: NDArray[Any], encode_map: Any, n: int) -> Mapping[Any, int]:
    """Class -> column."""
    if encode_map is None:
        return {label: k for k, label in enumerate(names.tolist())}
    columns = list(encode_map.values()) if isinstance(encode_map, Mapping) else []
    whole = all(is_whole(k) and 0 <= k < n for k in columns)
    if not columns or not whole or len(set(columns)) < len(columns):
        raise ValueError(
            f"encode_map must give each class a column of its own from 0 to {n - 1}, "
            f"got {encode_map!r}"
        )
    return cast(Mapping[Any, int], encode_map)


def populations_left(given: Any, y: NDArray[Any]) -> Mapping[Any, int]:
    """Class -> rows to leave for the next step; ValueError for what ``y`` has not."""
    if given is None:
        return {}
    labels = np.unique(y).tolist()
    named = given.items() if isinstance(given, Mapping) else [(given, -1)]
    if not all(label in labels and is_whole(n) and n >= 0 for label, n in named):
        raise ValueError(
            f"keep_populations must give classes of {labels[:10]} whole numbers of rows, at least "
            f"0, got {given!r}"
        )
    return cast(Mapping[Any, int], given)


def is_whole(number: Any) -> bool:
    """True for whole numbers, which True and False are not."""
    return isinstance(number, (int, np.integer)) and not isinstance(number, bool)


def shown(label: Any) -> str:
    """As in ``'rare'`` or ``2``, not ``np.int64(2)``."""
    return repr(label.item() if isinstance(label, np.generic) else label)
