"""Table files: CSV or Parquet, with a test file beside it or not, to `Data`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.data import Data
from steelyard.core.errors import UserError
from steelyard.intake.arrays import unique_names
from steelyard.intake.assemble import assemble
from steelyard.intake.columns import fit_columns
from steelyard.intake.delimited import DelimitedFile
from steelyard.intake.duplicates import row_hashes
from steelyard.intake.labels import check_labels, guess_label, require_column, text_codes
from steelyard.intake.memory import TableFile, head_rows, require_memory
from steelyard.intake.parquet import ParquetFile
from steelyard.intake.sampling import draw_rows
from steelyard.intake.sniff import Form, find_form
from steelyard.intake.table import describe, encode, require_useful

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
_SPLIT_COLUMNS = ("split", "subset", "partition", "fold_name", "set")
_CHUNK = 100_000


@dataclass(frozen=True)
class Frame:
    """A table in memory, all splits together, before its labels are looked at."""

    frame: pd.DataFrame
    label: str
    split: NDArray[np.str_]
    row_names: NDArray[np.str_]
    notes: tuple[str, ...]


def open_table(path: Path) -> TableFile:
    """The table at ``path``; `UserError` E105 when it is something else."""
    form = find_form(path)
    if form is Form.PARQUET:
        return ParquetFile(path)
    if form is Form.DELIMITED:
        return DelimitedFile(path)
    raise UserError("E105", f"'{path.name}' is no table but a {form}", where=str(path))


def load(
    files: Iterable[tuple[str, Path]], label: str | None, sample: int | None, random_state: int
) -> Frame:
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
        elif label not in table.columns:
            label = _test_without_label(table, label, split, path)
        frame, rows, said = _read(table, str(label), sample, random_state)
        parts.append(frame)
        names.append(_row_names(rows, split if parts[1:] else ""))
        splits += [split] * len(frame)
        notes += [*table.notes, *said]
    frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    return Frame(
        frame,
        str(label),
        np.array(splits, dtype="<U5"),
        np.concatenate(names),
        tuple(notes),
    )


def _find_label(table: TableFile, label: str | None) -> tuple[str, list[str]]:
    if label is not None:
        return require_column(label, table.columns, str(table.path), "--label"), []
    head = table.read(rows=head_rows(table))
    found = guess_label(head, str(table.path))
    return found, [f"labels: column '{found}' (a guess; --label COL to change it)"]


def _test_without_label(table: TableFile, label: str | None, split: str, path: Path) -> str:
    return require_column(str(label), table.columns, str(path), "--label")


def _read(
    table: TableFile, label: str, sample: int | None, random_state: int
) -> tuple[pd.DataFrame, NDArray[np.int64], list[str]]:
    """The rows of a table, all or a sample; their numbers from 1."""
    if sample is None:
        require_memory(table)
        frame = unique_names(table.read())
        return frame, np.arange(1, len(frame) + 1), []
    codes, _ = text_codes(table.read(columns=[label])[label])
    rows = draw_rows(codes, sample, random_state)
    kept, start = [], 0
    for chunk in table.chunks(None, _CHUNK):
        inside = rows[(rows >= start) & (rows < start + len(chunk))] - start
        kept.append(chunk.iloc[inside])
        start += len(chunk)
    note = f"{rows.size} of {codes.size} rows read; classes under 1000 rows are whole"
    return unique_names(pd.concat(kept, ignore_index=True)), rows + 1, [note]


def _row_names(rows: NDArray[np.int64], split: str) -> NDArray[np.str_]:
    names = rows.astype(f"<U{len(str(rows.max(initial=0)))}")
    return np.strings.add(f"{split} ", names) if split else names


def read_tables(
    files: list[tuple[str, Path]],
    *,
    name: str,
    label: str | None = None,
    group: str | None = None,
    sample: int | None = None,
    random_state: int = 0,
    drop_unlabelled: bool = False,
    keep_singletons: bool = False,
    read: Frame | None = None,
) -> Data:
    """Data of kind ``table`` from the files of its splits; see `steelyard.intake.read`."""
    where = str(files[0][1])
    loaded = read or load(files, label, sample, random_state)
    frame, split, notes = loaded.frame, loaded.split, list(loaded.notes)
    groups = None
    if group is not None:
        groups = frame[require_column(group, list(frame.columns), where, "--group")]
    features = [c for c in frame.columns if c not in (loaded.label, group)]
    if not split.any() and (column := _split_column(frame, features)):
        split = frame[column].str.strip().str.lower().map(SPLIT_NAMES).to_numpy("<U5")
        features.remove(column)
        notes.append(f"splits: as column '{column}' says")
    labels = check_labels(
        frame[loaded.label],
        split,
        loaded.row_names,
        where=f"{where}, column '{loaded.label}'",
        drop_unlabelled=drop_unlabelled,
        keep_singletons=keep_singletons,
    )
    frame = frame[features]
    split, row_names = split[labels.rows], loaded.row_names[labels.rows]
    if labels.rows.size < len(frame):
        frame = frame.iloc[labels.rows]
        groups = None if groups is None else groups.iloc[labels.rows]
    columns = fit_columns(frame[split != "test"] if (split == "test").any() else frame)
    require_useful(columns, where)
    X = encode(frame, columns, where)
    return assemble(
        X,
        labels,
        name=name,
        kind="table",
        content=row_hashes(X),
        split=split,
        group=groups,
        row_names=row_names,
        source=where,
        label_name=loaded.label,
        columns=columns,
        notes=[*notes, *describe(columns, frame)],
    )


def _split_column(frame: pd.DataFrame, features: list[str]) -> str | None:
    """The column that says train, val or test for every row, if there is one."""
    for name in features:
        if name.strip().lower() in _SPLIT_COLUMNS and frame[name].dtype.kind not in "iufb":
            values: Any = frame[name].dropna().unique()
            said = {SPLIT_NAMES.get(str(v).strip().lower()) for v in values}
            if {"train", "test"} <= said and None not in said and frame[name].notna().all():
                return str(name)
    return None
