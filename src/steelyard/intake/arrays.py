"""Arrays and data frames in Python."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.data import Data
from steelyard.core.errors import UserError
from steelyard.intake.assemble import assemble
from steelyard.intake.duplicates import bytes_hashes
from steelyard.intake.labels import check_labels
from steelyard.intake.names import with_distinct_names
from steelyard.intake.table_data import table_data


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
    X : numbers (N, D), a data frame of N rows, or uint8 images (N, S, S), (N, S, S, 1 or 3).
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
    group = None if groups is None else _flat(groups, "groups")
    common: dict[str, Any] = {"name": name, "source": source, "label_name": "y"}
    if not isinstance(X, pd.DataFrame) and getattr(X, "ndim", 2) in (3, 4):
        rows = labels.rows
        pixels = _as_pixels(X)[rows]
        return assemble(
            pixels,
            labels,
            kind="images",
            content=bytes_hashes(pixels),
            split=splits[rows],
            group=None if group is None else np.asarray(group)[rows],
            row_names=names[rows],
            **common,
        )
    frame, named = as_frame(X)
    return table_data(
        frame,
        labels,
        split=splits,
        group=group,
        row_names=names,
        kind=kind,
        named=named,
        **common,
    )


def as_frame(X: Any) -> tuple[pd.DataFrame, bool]:
    """``X`` as a data frame with text column names, and whether its columns were named.

    Raises `UserError` E109 for anything that is not a table of real values.
    """
    if isinstance(X, pd.DataFrame):
        return with_distinct_names(X), True
    if hasattr(X, "to_pandas"):
        return with_distinct_names(X.to_pandas()), True
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


def _rows(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") and len(X.shape) else len(X)


def _flat(y: Any, what: str) -> Any:
    values: Any = y if isinstance(y, (pd.Series, pd.Index)) else np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values.reshape(-1)
    if values.ndim != 1:
        raise _misfit(f"{what} has shape {values.shape}; it must be one value per row")
    return values


def _as_pixels(X: Any) -> NDArray[np.uint8]:
    X = np.asarray(X)
    X = X[..., None] if X.ndim == 3 else X
    if X.dtype != np.uint8 or X.shape[3] not in (1, 3) or X.shape[1] != X.shape[2]:
        raise _misfit(
            f"X has shape {X.shape} and type {X.dtype}",
            "images are uint8 (N, S, S), (N, S, S, 1) or (N, S, S, 3)",
        )
    return np.ascontiguousarray(np.broadcast_to(X, (*X.shape[:3], 3)))


def _misfit(what: str, fix: str = "") -> UserError:
    return UserError("E109", what, fix=fix)
