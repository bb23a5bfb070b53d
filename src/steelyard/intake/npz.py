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
    parts = [(stored[pair[0]], stored[pair[1]], "train")]
    for split in ("val", "test"):
        X, y = (stored.get(f"{key}_{split}") for key in pair)
        if X is not None and y is not None:
            parts.append((X, y, split))
    if len({X.shape[1:] for X, _, _ in parts}) > 1:
        raise UserError("E109", f"'{path.name}': its X differ in shape", where=str(path))
    X, y = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    split = np.repeat([split for _, _, split in parts], [len(y) for _, y, _ in parts])
    groups = stored.get("groups")
    if sample is not None and sample < len(y):
        rows = draw_rows(text_codes(y)[0], sample, random_state)
        X, y, split = X[rows], y[rows], split[rows]
        groups = None if groups is None else groups[rows]
    given = split if len(parts) > 1 else None
    return from_arrays(X, y, groups=groups, split=given, source=str(path), **options)


def load_npz(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an ``.npz``, never unpickled; `UserError` E107 when it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
    except (ValueError, OSError, EOFError, KeyError) as error:
        pickled = "pickle" in str(error).lower()
        raise UserError(
            "E107",
            f"'{path.name}' cannot be read as an .npz file",
            where=str(path),
            why="it holds Python objects, and reading those could run code" if pickled else "",
            fix="store plain numbers and fixed-width text: y.astype(str)"
            if pickled
            else "write it again with numpy.savez",
        ) from error
