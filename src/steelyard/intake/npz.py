"""``.npz`` files of arrays."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.data import Data
from steelyard.core.errors import UserError, first_five
from steelyard.intake.arrays import from_arrays
from steelyard.intake.label_text import text_codes
from steelyard.intake.packing import damage_named
from steelyard.intake.sampling import draw_rows

_PAIRS = (("X", "y"), ("x", "y"), ("data", "target"), ("features", "labels"), ("images", "labels"))


def from_npz(
    stored: Mapping[str, NDArray[Any]],
    path: Path,
    *,
    sample: int | None = None,
    random_state: int = 0,
    **options: Any,
) -> Data:
    """Data from arrays ``X`` and ``y``; ``X_val``, ``X_test`` and ``groups`` are understood too."""
    pair = next((p for p in _PAIRS if p[0] in stored and p[1] in stored), None)
    if pair is None:
        raise UserError(
            "E119",
            f"'{path.name}' holds no X and y",
            where=str(path),
            why=f"it holds {first_five(list(stored))}",
            fix="numpy.savez(path, X=X, y=y)",
        )
    X, y, splits = _joined(stored, pair, path)
    groups = stored.get("groups")
    if sample is not None and sample < len(y):
        rows = draw_rows(text_codes(y)[0], sample, random_state)
        X, y, splits = X[rows], y[rows], splits[rows]
        groups = None if groups is None else groups[rows]
    given = None if (splits == "train").all() else splits
    return from_arrays(X, y, groups=groups, split=given, source=str(path), **options)


def _joined(
    stored: Mapping[str, NDArray[Any]], pair: tuple[str, str], path: Path
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.str_]]:
    """X, y and split of all rows; ``groups`` are those of all rows in this order."""
    named = {split: [f"{key}_{split}" for key in pair] for split in ("val", "test")}
    parts = {"train": (stored[pair[0]], stored[pair[1]])}
    for split, (of_x, of_y) in named.items():
        if of_x in stored and of_y in stored:
            parts[split] = (stored[of_x], stored[of_y])
    for X, y in parts.values():
        first = parts["train"][0]
        if X.ndim < 2 or y.ndim < 1 or X.shape[1:] != first.shape[1:] or len(X) != len(y):
            raise UserError(
                "E109",
                f"the arrays of '{path.name}' do not fit together",
                where=str(path),
                why=f"X has shape {X.shape} and y {y.shape}",
                fix="X (rows, columns) or images (rows, H, W, 3), and one y a row",
            )
    joined = (np.concatenate([part[i] for part in parts.values()]) for i in (0, 1))
    splits = np.repeat(list(parts), [len(y) for _, y in parts.values()])
    return (*joined, splits)  # type: ignore[return-value]


def load_npz(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an ``.npz``, never unpickled; `UserError` E107 when it cannot be read."""
    try:
        with (
            damage_named(path),
            path.open("rb") as raw,
            np.load(raw, allow_pickle=False) as stored,
        ):
            return {key: stored[key] for key in stored.files}
    except (ValueError, MemoryError) as error:
        if isinstance(error, UserError):
            raise
        pickled = "pickle" in str(error).lower()
        raise UserError(
            "E107",
            f"'{path.name}' cannot be read as an .npz file",
            where=str(path),
            why="it holds Python objects, and reading those could run code"
            if pickled
            else "the file is cut off or damaged",
            fix="store plain numbers and fixed-width text: y.astype(str)"
            if pickled
            else "write it again with numpy.savez",
        ) from error
