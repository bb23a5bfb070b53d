"""What a network is trained on: rows at the network's size, labels and weights as tensors."""

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Examples:
    """Training rows.

    Attributes
    ----------
    rows : (N, 3, S, S) uint8 images or (N, D) float32 features, on the CPU.
    target : (N,) class indices.
    n_classes : K.
    weight : (N,) of mean 1: what each row weighs in the loss.
    """

    rows: Tensor
    target: Tensor
    n_classes: int
    weight: Tensor

    @classmethod
    def of(
        cls,
        X: NDArray[Any],
        target: NDArray[np.int64],
        n_classes: int,
        *,
        side: int = 0,
        weight: NDArray[np.floating[Any]] | None = None,
    ) -> "Examples":
        """From (N, H, W, 3) uint8 images, read at ``side`` px, or (N, D) features.

        Raises
        ------
        ValueError
            Weights that are negative or all 0.
        """
        exact = np.ones(len(X)) if weight is None else np.asarray(weight, np.float64)
        if (exact < 0).any() or not exact.any():
            raise ValueError("weight must be 0 or more and above 0 somewhere")
        return cls(
            rows_as_tensor(X, side),
            torch.from_numpy(np.array(target, np.int64)),
            n_classes,
            torch.from_numpy((exact / exact.mean()).astype(np.float32)),
        )

    def __len__(self) -> int:
        return len(self.target)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(K,) rows of each class, as they are: not weighed, not re-sampled."""
        return np.bincount(self.target.numpy(), minlength=self.n_classes)

    @cached_property
    def fingerprint(self) -> int:
        """A sum over all of it, by which a checkpoint knows its rows."""
        columns = (self.rows, self.target, self.weight)
        total = self.n_classes
        for column in columns:
            total = zlib.crc32(column.flatten().view(torch.uint8).numpy().data, total)
        return total

    def part(self, rows: NDArray[np.int64]) -> "Examples":
        """Some of the rows."""
        at = torch.from_numpy(rows)
        return Examples(self.rows[at], self.target[at], self.n_classes, self.weight[at])


def rows_as_tensor(X: NDArray[Any], side: int = 0) -> Tensor:
    """(N, H, W, 3) uint8 -> uint8 (N, 3, side, side); (N, D) numbers -> float32 (N, D)."""
    if X.ndim == 2:
        return torch.from_numpy(np.array(X, np.float32))
    parts = [torch.zeros(0, 3, side, side, dtype=torch.uint8)]
    for start in range(0, len(X), _ROWS_AT_ONCE):
        part = torch.from_numpy(np.array(X[start : start + _ROWS_AT_ONCE])).movedim(3, 1)
        if part.shape[2:] != (side, side):
            part = interpolate(part.float(), (side, side), mode="bilinear", antialias=True)
            part = part.round().clamp(0, 255).byte()
        parts.append(part.contiguous())
    return torch.cat(parts)
