"""Schema: what new data must look like for a kept model, as plain data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.data import Column, Data
from steelyard.core.errors import UserError, first_five
from steelyard.intake.arrays import as_frame
from steelyard.intake.folder import files_in, is_image_name
from steelyard.intake.image_data import image_column
from steelyard.intake.images import decode_new
from steelyard.intake.npz import load_npz
from steelyard.intake.sniff import Form, find_form
from steelyard.intake.table import encode
from steelyard.intake.tables import open_table


@dataclass(frozen=True)
class Schema:
    """How the data were read, so that new rows are read the same way.

    Attributes
    ----------
    columns : all columns of a table, those set aside too, in their order.
    image_size : side S of the pixels (N, S, S, 3); 0 for tables.
    """

    kind: str
    classes: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    image_size: int = 0
    label_name: str = ""


def schema_of(data: Data) -> Schema:
    """The schema of data that were read; `core.plain.to_plain` makes it JSON."""
    size = int(data.X.shape[1]) if data.kind == "images" else 0
    return Schema(data.kind, data.classes, data.columns, size, data.label_name)


def read_new(
    source: Any, schema: Schema, *, skip_unreadable: bool = False
) -> tuple[Any, NDArray[np.str_]]:
    """X as the model wants it and row names (N,), from new rows without labels.

    Parameters
    ----------
    source : a path of the kind that was read, a data frame, or an array (N, D) or (N, H, W, 3).

    Columns beyond those of the schema are ignored. A missing or unknown category is NaN.

    Raises
    ------
    UserError
        E109 when columns are lacking or of another type, E120 for images that cannot be read.
    """
    if isinstance(source, (str, Path)):
        return _read_path(Path(source).expanduser(), schema, skip_unreadable)
    if schema.kind == "images":
        X = np.asarray(source)
        if X.ndim != 4 or X.dtype != np.uint8 or X.shape[1:] != (schema.image_size,) * 2 + (3,):
            raise UserError(
                "E109",
                f"images of shape {X.shape} and type {X.dtype}",
                why=f"wanted uint8 (N, {schema.image_size}, {schema.image_size}, 3)",
            )
        return X, _numbers(len(X), 0)
    frame, named = as_frame(source)
    if not named:
        _require_width(frame.shape[1], schema, "X")
        frame.columns = [c.name for c in schema.columns]
    return encode(frame, schema.columns, "X"), _numbers(len(frame), 0)


def _read_path(path: Path, schema: Schema, skip_unreadable: bool) -> tuple[Any, NDArray[np.str_]]:
    if schema.kind == "images" and path.is_file() and is_image_name(path.name):
        return decode_new((path,), (path.name,), schema.image_size, where=str(path))
    form = find_form(path)
    if form is Form.NPZ:
        stored = load_npz(path)
        if "X" not in stored:
            raise UserError("E109", f"'{path.name}' holds no X", where=str(path))
        return read_new(stored["X"], schema)
    if schema.kind == "images":
        files, names = files_in(path) if form is Form.FOLDER else _listed(path)
        return decode_new(
            files, names, schema.image_size, skip_unreadable=skip_unreadable, where=str(path)
        )
    if form not in (Form.DELIMITED, Form.PARQUET):
        raise UserError(
            "E109", f"'{path.name}' is a {form}; the model wants a table", where=str(path)
        )
    table = open_table(path)
    used = [c for c in schema.columns if c.role != "set-aside" and c.name in table.columns]
    # a few new rows may hold only the categories that look like numbers
    text = [c.name for c in used if c.categories]
    frame = table.read(columns=[c.name for c in used] or None, text=text)
    return encode(frame, schema.columns, str(path)), _numbers(len(frame), 1)


def _listed(path: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    frame = open_table(path).read()
    column = image_column(frame, path.parent)
    if column is None:
        raise UserError(
            "E109",
            f"no column of '{path.name}' names images that are there",
            where=str(path),
            why=f"it has the columns {first_five(list(frame.columns))}",
        )
    names = tuple(frame[column].dropna().astype(str).str.strip())
    return tuple(path.parent / name for name in names), names


def _require_width(width: int, schema: Schema, where: str) -> None:
    if width != len(schema.columns):
        raise UserError(
            "E109",
            f"X has {width} columns, but the model was made from {len(schema.columns)}",
            where=where,
        )


def _numbers(n: int, first: int) -> NDArray[np.str_]:
    return np.arange(first, n + first).astype(f"<U{len(str(n + first))}")
