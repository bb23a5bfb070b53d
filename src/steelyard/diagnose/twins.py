"""Simulated exams for the detectors' twins: a classifier whose illness is known.

The features of class k are a unit Gaussian at ``skill`` along axis k, except a share ``overlap_k``
of its rows that look like class 0. The model knows the true posterior, so an untouched exam is
calibrated and decides as well as its features allow.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.exam import Curve, Exam

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

WELL_LEARNT = 6.0


def even(k: int, rows: int = 40) -> IntArray:
    """(K,) the same number of rows for each class."""
    return np.full(k, rows, dtype=np.int64)


def long_tail(k: int, head: int = 0, ratio: float = 20.0) -> IntArray:
    """(K,) counts that fall exponentially from ``head`` to ``head / ratio``.

    >>> long_tail(3, 400, 100)
    array([400,  40,   4])
    """
    head = head or (600 if k < 100 else 300)
    return np.round(head * ratio ** (-np.arange(k) / (k - 1))).astype(np.int64)


def class_names(classes: Sequence[int] | IntArray) -> tuple[str, ...]:
    """``c0``, ``c1`` ... for class indices."""
    return tuple(f"c{int(j)}" for j in classes)


def examined(
    counts: Sequence[int] | IntArray,
    rng: np.random.Generator,
    *,
    skill: float = WELL_LEARNT,
    overlap: float | FloatArray = 0.0,
    bias: float | FloatArray = 0.0,
    heat: float = 1.0,
    seeds: int = 2,
    folds: int = 5,
    **facts: Any,
) -> Exam:
    """An exam with out-of-fold probabilities.

    Parameters
    ----------
    skill : distance of the classes from the origin; at 0 nothing can be learnt.
    overlap : share of a class's rows that look like class 0, one for all or (K,).
    bias : added to the logits, one for all or (K,): a decision rule that is off.
    heat : the logits are divided by it; below 1 the model is too sure of itself.
    facts : further fields of `Exam`, or other values for them.
    """
    rows = np.asarray(counts, dtype=np.int64)
    k, n = rows.size, int(rows.sum())
    target = rng.permutation(np.repeat(np.arange(k), rows))
    lost = np.broadcast_to(np.asarray(overlap, dtype=float), (k,))
    place = np.where(rng.random(n) < lost[target], 0, target)
    features = rng.normal(size=(n, k))
    features[np.arange(n), place] += skill
    log_prior = np.log(np.maximum(rows, 1e-9) / n)
    proba = []
    for _ in range(seeds):
        # Each seed sees the features through a noise of its own, as retrained models do.
        seen = (features + rng.normal(scale=0.2, size=features.shape)) * skill / 1.04
        logits = _log_density(seen, lost) + log_prior + bias
        proba.append(_softmax(logits / heat))
    return Exam(
        **{
            "kind": "table",
            "classes": class_names(range(k)),
            "target": target,
            "proba": np.stack(proba),
            "fold": np.stack([_stratified(target, folds, rng) for _ in range(seeds)]),
            "model": "simulated",
            **facts,
        }
    )


def _log_density(along: FloatArray, lost: FloatArray) -> FloatArray:
    """(N, K) log density of each class, less what all classes share."""
    with np.errstate(divide="ignore"):
        return np.logaddexp(along + np.log1p(-lost), along[:, :1] + np.log(lost))


def _softmax(logits: FloatArray) -> FloatArray:
    proba = np.exp(logits - logits.max(axis=1, keepdims=True))
    return proba / proba.sum(axis=1, keepdims=True)


def _stratified(target: IntArray, folds: int, rng: np.random.Generator) -> IntArray:
    """(N,) fold of each row, every class dealt out evenly."""
    fold = np.empty(target.size, dtype=np.int64)
    order = np.lexsort((rng.random(target.size), target))
    fold[order] = np.arange(target.size) % folds
    return fold


def curve(
    train_loss: FloatArray,
    val_loss: FloatArray,
    rng: np.random.Generator,
    noise: float = 0.005,
) -> Curve:
    """A learning curve from its two losses; the scores are what such losses usually go with."""
    wobble = rng.normal(scale=noise, size=(2, train_loss.size))
    train, val = train_loss + np.abs(wobble[0]), val_loss + wobble[1]
    steps = np.arange(1, train.size + 1, dtype=float)
    return Curve(steps, train, val, np.exp(-train), np.exp(-val))
