"""What every loss reads: logits, a hard or soft target, and vectors of one number a class."""

import weakref
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from steelyard.kit.losses.class_weights import class_weights, read_counts
from steelyard.kit.metrics.arrays import FloatArray

Counts = ArrayLike | Tensor | None  # (K,) rows a class
Weight = str | ArrayLike | Tensor | None  # (K,), or the name of a scheme of class_weights


def full_precision(scores: Tensor, name: str = "logits") -> Tensor:
    """Half precisions as float32: they hold logits well, but not the sums and logs of a loss."""
    if not scores.is_floating_point():
        raise ValueError(f"{name} must be floating point, got {scores.dtype}")
    return scores.float() if scores.dtype in (torch.float16, torch.bfloat16) else scores


def read(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (N, K) in full precision and the target, checked against each other.

    A target of whole numbers (N,) is hard, one of fractions (N, K) soft.
    """
    if logits.ndim != 2:
        raise ValueError(f"logits must be (N, K), got {tuple(logits.shape)}")
    logits = full_precision(logits)
    if target.is_floating_point():
        return logits, _same_shape(logits, target)
    n_rows, n_classes = logits.shape
    if target.shape != (n_rows,) or target.dtype == torch.bool:
        raise ValueError(
            f"target must be class numbers ({n_rows},) or probabilities ({n_rows}, {n_classes}) "
            f"for logits {tuple(logits.shape)}, got {target.dtype} {tuple(target.shape)}"
        )
    target = target.long()
    if n_rows:
        # Torch would drop a row labelled -100 without a word.
        low, high = (int(end) for end in target.aminmax())
        if low < 0 or high >= n_classes:
            raise ValueError(f"target must be in 0..{n_classes - 1}, got {low}..{high}")
    return logits, target


def read_labels(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Logits and labels (N, K) of a multi-label loss: 0 or 1, or a probability, for every class."""
    if logits.ndim != 2:
        raise ValueError(f"logits must be (N, K), got {tuple(logits.shape)}")
    logits = full_precision(logits)
    return logits, _same_shape(logits, target)


def per_class(
    vector: Callable[..., FloatArray], counts: Counts, logits: Tensor, **settings: Any
) -> Tensor:
    """``vector(counts, **settings)`` (K,), made once in float64, as a tensor beside the logits."""
    if counts is None:
        raise ValueError("counts (K,) is needed: this loss depends on the rows of each class")
    _expect_k(np.shape(counts), logits, "counts")
    known = _bytes_of(counts)
    return _prepared(vector, known, tuple(settings.items()), logits.dtype, logits.device)


def _bytes_of(counts: ArrayLike | Tensor) -> bytes:
    """The counts in float64, byte by byte; the same object for a tensor that has not changed.

    A module hands over the same tensor every step: to copy and hash it anew would cost a tenth of
    the loss.
    """
    if not isinstance(counts, Tensor):
        return np.ascontiguousarray(counts, dtype=np.float64).tobytes()
    steady = not counts.is_inference()  # such tensors do not say when they change
    held = _SEEN.get(id(counts)) if steady else None
    if held and held[0]() is counts and held[1] == counts._version:
        return held[2]
    known = np.ascontiguousarray(counts.detach().cpu().numpy(), dtype=np.float64).tobytes()
    if steady:
        if len(_SEEN) > 256:
            _SEEN.clear()
        _SEEN[id(counts)] = (weakref.ref(counts), counts._version, known)
    return known


# id -> the tensor, its version, its bytes
_SEEN: dict[int, tuple["weakref.ref[Tensor]", int, bytes]] = {}


def class_weight(weight: Weight, counts: Counts, logits: Tensor) -> Tensor | None:
    """The class weights (K,) beside the logits; a name asks for a scheme of ``class_weights``."""
    if weight is None:
        return None
    if isinstance(weight, str):
        return per_class(class_weights, counts, logits, scheme=weight)
    return vector(weight, logits, "weight")


def vector(values: ArrayLike | Tensor, logits: Tensor, name: str) -> Tensor:
    """Given numbers (K,) beside the logits."""
    known = values if isinstance(values, Tensor) else torch.as_tensor(np.asarray(values))
    _expect_k(known.shape, logits, name)
    return known.to(logits)


def one_or_each(values: float | ArrayLike | Tensor, logits: Tensor, name: str) -> Tensor:
    """One number for all classes, or one a class, as (K,) beside the logits."""
    known = torch.as_tensor(values)
    return vector(known.expand(logits.shape[1]) if known.ndim == 0 else known, logits, name)


@lru_cache(maxsize=256)
def _prepared(
    vector: Callable[..., FloatArray],
    counts: bytes,
    settings: tuple[tuple[str, Any], ...],
    dtype: torch.dtype,
    device: torch.device,
) -> Tensor:
    known = read_counts(np.frombuffer(counts))
    # A tensor born in inference mode could never meet a gradient, and this one is kept.
    with torch.inference_mode(False):
        return torch.as_tensor(vector(known, **dict(settings)), dtype=dtype, device=device)


def _same_shape(logits: Tensor, target: Tensor) -> Tensor:
    if target.shape != logits.shape:
        raise ValueError(
            f"target must have the shape of the logits {tuple(logits.shape)}, "
            f"got {tuple(target.shape)}"
        )
    return target.to(logits.dtype)


def _expect_k(shape: tuple[int, ...], logits: Tensor, name: str) -> None:
    if tuple(shape) != (logits.shape[1],):
        raise ValueError(
            f"{name} must be ({logits.shape[1]},), one a column of the logits, got {tuple(shape)}"
        )
