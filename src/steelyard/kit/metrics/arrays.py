"""Checks at the door of every metric: errors that quote the argument and its shape."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

SUM_TOLERANCE = 5e-3  # half-precision softmax of many classes strays this far from 1


def label_array(labels: ArrayLike, name: str) -> IntArray:
    """Class numbers ``(N,)`` as integers; ``name`` is the argument to quote in errors."""
    array = np.asarray(labels)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must be (N,) with at least one row, got shape {array.shape}")
    if array.dtype.kind not in "iub":
        raise ValueError(
            f"{name} must hold class numbers 0..K-1, got dtype {array.dtype}; "
            f"np.unique(labels, return_inverse=True) numbers the classes"
        )
    if array.min() < 0:
        raise ValueError(f"{name} must hold class numbers 0..K-1, got {array.min()}")
    return array.astype(np.int64, copy=False)


def label_pair(target: ArrayLike, predicted: ArrayLike) -> tuple[IntArray, IntArray]:
    """Two label arrays of one length."""
    pair = label_array(target, "target"), label_array(predicted, "predicted")
    if pair[0].shape != pair[1].shape:
        raise ValueError(f"target {pair[0].shape} and predicted {pair[1].shape} must both be (N,)")
    return pair


def target_and_columns(
    target: ArrayLike, columns: ArrayLike, name: str
) -> tuple[IntArray, NDArray[np.floating]]:
    """``target (N,)`` and one column a class, ``(N, K)``; every label has its column."""
    labels, matrix = label_array(target, "target"), np.asarray(columns)
    if matrix.ndim != 2 or matrix.shape[0] != labels.size or matrix.shape[1] < 2:
        raise ValueError(
            f"{name} must be (N, K) with K >= 2 and N = {labels.size} as in target "
            f"{labels.shape}, got shape {matrix.shape}"
        )
    if labels.max() >= matrix.shape[1]:
        raise ValueError(
            f"target holds class {labels.max()}, but {name} {matrix.shape} has columns for "
            f"0..{matrix.shape[1] - 1} only"
        )
    return labels, float_array(matrix, name)


def target_and_proba(target: ArrayLike, proba: ArrayLike) -> tuple[IntArray, NDArray[np.floating]]:
    """``target (N,)`` and ``proba (N, K)``, whose rows are checked to be probabilities."""
    labels, matrix = target_and_columns(target, proba, "proba")
    sums = matrix.sum(axis=1)
    if np.isnan(sums).any():
        first = int(np.isnan(sums).argmax())
        raise ValueError(f"proba {matrix.shape} holds NaN, first in row {first}")
    # Written so that infinities fail as well.
    if not (matrix.min() >= 0 and np.abs(sums - 1).max() <= SUM_TOLERANCE):
        worst = int(np.abs(sums - 1).argmax())
        raise ValueError(
            f"proba {matrix.shape} must hold probabilities: none below 0, rows that sum to 1 "
            f"(smallest {matrix.min():.6g}, row {worst} sums to {sums[worst]:.6g}); "
            f"logits need a softmax first"
        )
    return labels, matrix


def float_array(values: ArrayLike, name: str) -> NDArray[np.floating]:
    """Floats as they are (float16 widened), integers and booleans as float64."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be numbers, got dtype {array.dtype}")
    if array.dtype in (np.float32, np.float64):
        return array
    return array.astype(np.float32 if array.dtype == np.float16 else np.float64)
