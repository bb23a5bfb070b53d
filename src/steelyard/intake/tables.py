"""Table files: CSV or Parquet, whole or sampled, one or one for each split."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.errors import UserError, did_you_mean, first_five
from steelyard.intake.delimited import DelimitedFile
from steelyard.intake.label_column import guess_label, obvious_label, require_column
from steelyard.intake.label_text import text_codes
from steelyard.intake.memory import TableFile, require_memory
from steelyard.intake.names import with_distinct_names
from steelyard.intake.parquet import ParquetFile
from steelyard.intake.sampling import draw_rows
from steelyard.intake.sniff import Form, find_form

_CHUNK = 100_000


@dataclass(frozen=True)
class Tables:
    """Tables in memory, all splits together, before their labels are looked at.

    ``path_of`` (N,) says which of ``paths`` a row came from.
    """

    frame: pd.DataFrame
    label: str
    split: NDArray[np.str_]
    row_names: NDArray[np.str_]
    paths: tuple[Path, ...]
    path_of: NDArray[np.int64]
    notes: tuple[str, ...]


def open_table(path: Path) -> TableFile:
    """The table at ``path``; `UserError` E119 when it is something else."""
    form = find_form(path)
    if form is Form.PARQUET:
        return ParquetFile(path)
    if form is Form.DELIMITED:
        return DelimitedFile(path)
    raise UserError("E119", f"'{path.name}' is no table but a {form}", where=str(path))


def load(
    files: Sequence[tuple[str, Path]],
    *,
    label: str | None = None,
    sample: int | None = None,
    random_state: int = 0,
) -> Tables:
    """Read the tables of all given splits (``""`` for none) under one label column."""
    parts: list[pd.DataFrame] = []
    names: list[NDArray[np.str_]] = []
    splits: list[str] = []
    notes: list[str] = []
    for split, path in files:
        table = open_table(path)
        if not parts:
            label, said = _find_label(table, label)
            notes += said
        require_column(str(label), table.columns, str(path), "--label")
        frame, rows, said = _read(table, str(label), sample, random_state)
        parts.append(same_columns(frame, parts[0], path) if parts else frame)
        names.append(_row_names(rows, split if parts[1:] else ""))
        splits += [split] * len(frame)
        notes += [*table.notes, *said]
    frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    return Tables(
        frame,
        str(label),
        np.array(splits, dtype="<U5"),
        np.concatenate(names),
        tuple(path for _, path in files),
        np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        tuple(notes),
    )


def _find_label(table: TableFile, label: str | None) -> tuple[str, list[str]]:
    if label is not None:
        return label, []
    found = obvious_label(table.columns)
    if found is None:
        last = table.read(columns=list(table.columns[-50:]), rows=5_000)
        found = guess_label(last, str(table.path))
    return found, [f"labels: column '{found}' (a guess; --label COL to change it)"]


def _read(
    table: TableFile, label: str, sample: int | None, random_state: int
) -> tuple[pd.DataFrame, NDArray[np.int64], list[str]]:
    """The rows of a table, all or a sample; their numbers from 1."""
    if sample is None:
        require_memory(table)
        frame = with_distinct_names(table.read())
        return frame, np.arange(1, len(frame) + 1), []
    codes, _ = text_codes(table.read(columns=[label])[label])
    rows = draw_rows(codes, sample, random_state)
    kept, start = [], 0
    for chunk in table.chunks(_CHUNK):
        inside = rows[(rows >= start) & (rows < start + len(chunk))] - start
        kept.append(chunk.iloc[inside])
        start += len(chunk)
    note = f"{rows.size} of {codes.size} rows read; classes under 1000 rows are whole"
    return with_distinct_names(pd.concat(kept, ignore_index=True)), rows + 1, [note]


def same_columns(frame: pd.DataFrame, first: pd.DataFrame, path: Path) -> pd.DataFrame:
    """``frame`` with the columns of ``first`` alone; `UserError` E109 when it lacks some."""
    lacking = [name for name in first.columns if name not in frame.columns]
    if lacking:
        raise UserError(
            "E109",
            f"'{path.name}' lacks {len(lacking)} of the columns: {first_five(lacking)}",
            where=str(path),
            why="they are in the table to learn from",
            fix=did_you_mean(lacking[0], list(frame.columns)) or "give the same columns",
        )
    return frame[first.columns]


def _row_names(rows: NDArray[np.int64], split: str) -> NDArray[np.str_]:
    names = rows.astype(f"<U{len(str(rows.max(initial=0)))}")
    return np.strings.add(f"{split} ", names) if split else names
