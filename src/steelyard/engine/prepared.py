"""Prepared arrays: what the trials of one data set read, memory-mapped by every worker."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.case import Case
from steelyard.core.learners import is_network
from steelyard.core.plain import read_plain

_PIXELS = "pixels.json"


@dataclass(frozen=True)
class Prepared:
    """A folder of ``.npy`` files; nothing is read before it is asked for.

    ``X`` (N, ...) features, ``target`` (N,), ``unit`` (N,) rows that stay together, ``categorical``
    (D,), ``work`` and ``test`` row indices. Labels of the test rows are in ``target`` but no
    worker reads them: a refit writes predictions only.
    """

    folder: Path
    n_classes: int

    @classmethod
    def write(cls, case: Case, name: str, n_classes: int, **arrays: NDArray[Any]) -> "Prepared":
        """Store the arrays in the case's cache under ``name``, which identifies their content."""
        folder = case.cache / name
        for key, array in arrays.items():
            path = folder / f"{key}.npy"
            if not path.is_file():
                case.write(
                    str(path.relative_to(case.folder)),
                    lambda part, array=array: np.save(part, array, allow_pickle=False),
                )
        return cls(folder, n_classes)

    def _load(self, name: str) -> NDArray[Any]:
        return np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)

    @cached_property
    def X(self) -> NDArray[Any]:  # noqa: N802 - the field's name
        """(N, D) features or (N, H, W, 3) pixels."""
        return self._load("X")

    def write_pixels(self, case: Case, file: str) -> None:
        """Remember where the pixels of the same rows lie, for networks that train on them."""
        case.write_json(str((self.folder / _PIXELS).relative_to(case.folder)), {"file": file})

    @cached_property
    def pixels(self) -> NDArray[np.uint8] | None:
        """(N, H, W, 3) where ``X`` holds features of images; else None."""
        if not (self.folder / _PIXELS).is_file():
            return None
        file = read_plain(self.folder / _PIXELS)["file"]
        return np.load(file, mmap_mode="r", allow_pickle=False)

    def seen_by(self, model: str) -> NDArray[Any]:
        """What the named model trains on: pixels for a network where there are any, else ``X``."""
        return self.pixels if is_network(model) and self.pixels is not None else self.X

    @cached_property
    def target(self) -> NDArray[np.int64]:
        """(N,) class indices."""
        return np.asarray(self._load("target"))

    @cached_property
    def unit(self) -> NDArray[np.int64]:
        """(N,) rows of one unit never straddle folds."""
        return np.asarray(self._load("unit"))

    @cached_property
    def categorical(self) -> NDArray[np.bool_]:
        """(D,) columns that hold category codes."""
        return np.asarray(self._load("categorical"))

    @cached_property
    def work(self) -> NDArray[np.int64]:
        """Row indices of the work split."""
        return np.asarray(self._load("work"))

    @cached_property
    def test(self) -> NDArray[np.int64]:
        """Row indices of the test split."""
        return np.asarray(self._load("test"))
