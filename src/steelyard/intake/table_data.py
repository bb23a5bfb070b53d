"""A table in memory to `Data`."""

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.data import Column, Data
from steelyard.intake.assemble import assemble
from steelyard.intake.columns import fit_columns
from steelyard.intake.duplicates import row_hashes
from steelyard.intake.given_splits import split_column, split_of
from steelyard.intake.label_column import require_column
from steelyard.intake.labels import Labels, check_labels
from steelyard.intake.table import describe, encode, require_useful
from steelyard.intake.tables import Tables


def read_table(loaded: Tables, *, name: str, group: str | None = None, **checks: Any) -> Data:
    """Data of kind ``table`` from table files; see `steelyard.intake.read`."""
    where = str(loaded.paths[0])
    frame, split, notes = loaded.frame, loaded.split, list(loaded.notes)
    groups = None
    if group is not None:
        groups = frame[require_column(group, list(frame.columns), where, "--group")]
    features = [c for c in frame.columns if c not in (loaded.label, group)]
    if not split.any() and (column := split_column(frame, features)):
        split = split_of(frame[column])
        features.remove(column)
        notes.append(f"splits: as column '{column}' says")
    place = f"{where}, column '{loaded.label}'"
    labels = check_labels(frame[loaded.label], split, loaded.row_names, where=place, **checks)
    return table_data(
        frame[features],
        labels,
        split=split,
        group=groups,
        row_names=loaded.row_names,
        name=name,
        source=where,
        label_name=loaded.label,
        notes=notes,
    )


def table_data(
    frame: pd.DataFrame,
    labels: Labels,
    *,
    split: NDArray[np.str_],
    group: Any,
    row_names: NDArray[np.str_],
    name: str,
    source: str,
    label_name: str,
    kind: Literal["table", "features"] = "table",
    named: bool = True,
    notes: list[str] | None = None,
) -> Data:
    """Judge and encode the feature columns of ``frame``, all rows as read, and assemble."""
    rows = labels.rows
    if rows.size < len(frame):
        frame, split, row_names = frame.iloc[rows], split[rows], row_names[rows]
        group = None if group is None else np.asarray(group)[rows]
    # columns are judged as the model will meet them: not by the rows it is tested on
    learnt = frame[split != "test"] if (split == "test").any() else frame
    if kind == "features":
        columns = tuple(Column(str(c), "number") for c in frame.columns)
    else:
        columns = fit_columns(learnt, named=named)
        require_useful(columns, source or "X")
    X = encode(frame, columns, source or "X")
    return assemble(
        X,
        labels,
        name=name,
        kind=kind,
        content=row_hashes(X),
        split=split,
        group=group,
        row_names=row_names,
        source=source,
        label_name=label_name,
        columns=columns,
        notes=[*(notes or []), *describe(columns, learnt)],
    )
