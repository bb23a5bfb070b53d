"""Arrays and data frames in Python, and ``.npz`` files with ``X`` and ``y``."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.data import Column, Data
from steelyard.core.errors import UserError, first_five
from steelyard.intake.assemble import assemble
from steelyard.intake.columns import fit_columns
from steelyard.intake.duplicates import bytes_hashes, row_hashes
from steelyard.intake.labels import check_labels
from steelyard.intake.table import describe, encode, require_useful

PAIRS = (("X", "y"), ("x", "y"), ("data", "target"), ("features", "labels"), ("images", "labels"))


def from_arrays(
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    name: str = "data",
    kind: Literal["table", "features"] = "table",
    split: Sequence[str] | None = None,
    drop_unlabelled: bool = False,
    keep_singletons: bool = True,
    source: str = "",
) -> Data:
    """Data from arrays.

    Parameters
    ----------
    X : numbers (N, D), a data frame of N rows, or uint8 images (N, H, W), (N, H, W, 1 or 3).
    y : N labels of any type.
    groups : N group names; rows of a group never straddle splits.
    kind : ``features`` takes every column of a numeric X as it is (embeddings).
    split : N of ``train``, ``val``, ``test`` or ``""``.

    Raises
    ------
    UserError
        E109 shapes or types that cannot be used, E110, E111, E112, E113, E114, E115. A class with
        one row is kept with a note unless ``keep_singletons=False``.
    """
    y, N = _flat(y, "y"), _rows(X)
    if len(y) != N:
        raise _misfit(f"X has {N} rows and y has {len(y)}")
    if groups is not None and len(groups) != N:
        raise _misfit(f"X has {N} rows and groups has {len(groups)}")
    splits = np.full(N, "", dtype="<U5") if split is None else np.asarray(split, dtype="<U5")
    names = np.arange(N).astype(f"<U{len(str(N))}")
    labels = check_labels(
        y,
        splits,
        names,
        where=source or "y",
        drop_unlabelled=drop_unlabelled,
        keep_singletons=keep_singletons,
    )
    whole = labels.rows.size == N
    pick = (lambda a: a) if whole else (lambda a: np.asarray(a)[labels.rows])
    split_kept = pick(splits)
    common: dict[str, Any] = {
        "name": name,
        "split": split_kept,
        "group": None if groups is None else pick(_flat(groups, "groups")),
        "row_names": pick(names),
        "source": source,
        "label_name": "y",
    }
    if not isinstance(X, pd.DataFrame) and getattr(X, "ndim", 2) in (3, 4):
        pixels = pick(_as_pixels(X))
        return assemble(pixels, labels, kind="images", content=bytes_hashes(pixels), **common)
    frame, named = as_frame(X)
    frame = frame if whole else frame.iloc[labels.rows]
    if kind == "features":
        columns: tuple[Column, ...] = tuple(Column(str(c), "number") for c in frame.columns)
    else:
        columns = fit_columns(
            frame[split_kept != "test"] if split is not None else frame, named=named
        )
        require_useful(columns, source or "X")
    values = encode(frame, columns, source or "X")
    return assemble(
        values,
        labels,
        kind=kind,
        content=row_hashes(values),
        columns=columns,
        notes=describe(columns, frame),
        **common,
    )


def as_frame(X: Any) -> tuple[pd.DataFrame, bool]:
    """``X`` as a data frame with text column names, and whether its columns were named.

    Raises `UserError` E109 for anything that is not a table of real values.
    """
    if isinstance(X, pd.DataFrame):
        return unique_names(X), True
    if hasattr(X, "to_pandas"):
        return unique_names(X.to_pandas()), True
    if hasattr(X, "toarray"):
        raise _misfit("X is a sparse matrix", "give a dense one: X.toarray()")
    values = np.asarray(X)
    if values.ndim != 2:
        raise _misfit(f"X has shape {values.shape}; it must be (rows, columns)")
    if values.dtype.kind == "c":
        raise _misfit("X is complex. Complex data not supported", "give real numbers")
    frame = pd.DataFrame(values, copy=False)
    if values.dtype.kind not in "iufb":
        frame = frame.infer_objects()
    frame.columns = [f"column {j}" for j in range(values.shape[1])]
    return frame, False


def unique_names(frame: pd.DataFrame) -> pd.DataFrame:
    """The same frame under text names that differ."""
    return frame.set_axis(pd.Index(distinct_texts(frame.columns), dtype=object), axis=1)


def distinct_texts(names: Iterable[Any]) -> list[str]:
    """Texts of ``names``, a repeated one numbered as pandas' CSV reader does.

    >>> distinct_texts(["a", 1, "a", "a"])
    ['a', '1', 'a.1', 'a.2']
    """
    texts = [str(name) for name in names]
    if len(set(texts)) < len(texts):
        seen: dict[str, int] = {}
        for j, text in enumerate(texts):
            seen[text] = seen.get(text, -1) + 1
            texts[j] = f"{text}.{seen[text]}" if seen[text] else text
    return texts


def from_npz(stored: Mapping[str, NDArray[Any]], path: Path, **options: Any) -> Data:
    """Data from arrays ``X`` and ``y``; ``X_val``, ``X_test`` and ``groups`` are understood too."""
    pair = next((p for p in PAIRS if p[0] in stored and p[1] in stored), None)
    if pair is None:
        raise UserError(
            "E105",
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
    given = [split for _, y, split in parts for _ in y] if len(parts) > 1 else None
    if len({X.shape[1:] for X, _, _ in parts}) > 1:
        raise _misfit(f"'{path.name}': its X differ in shape")
    return from_arrays(
        np.concatenate([X for X, _, _ in parts]),
        np.concatenate([y for _, y, _ in parts]),
        groups=stored.get("groups"),
        split=given,
        source=str(path),
        **options,
    )


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


def _rows(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") and len(X.shape) else len(X)


def _flat(y: Any, what: str) -> Any:
    values = y if isinstance(y, (pd.Series, pd.Index)) else np.asarray(y)
    if getattr(values, "ndim", 1) == 2 and values.shape[1] == 1:
        values = values.reshape(-1)
    if values.ndim != 1:
        raise _misfit(f"{what} has shape {values.shape}; it must be one value per row")
    return values


def _as_pixels(X: Any) -> NDArray[np.uint8]:
    X = np.asarray(X)
    X = X[..., None] if X.ndim == 3 else X
    if X.dtype != np.uint8 or X.shape[3] not in (1, 3):
        raise _misfit(
            f"X has shape {X.shape} and type {X.dtype}",
            "images are uint8 (N, H, W), (N, H, W, 1) or (N, H, W, 3)",
        )
    return np.ascontiguousarray(np.broadcast_to(X, (*X.shape[:3], 3)))


def _misfit(what: str, fix: str = "") -> UserError:
    return UserError("E109", what, fix=fix)
