"""A table in memory to `Data`."""

from steelyard.core.data import Data
from steelyard.intake.assemble import assemble
from steelyard.intake.columns import fit_columns
from steelyard.intake.duplicates import row_hashes
from steelyard.intake.given_splits import split_column, split_of
from steelyard.intake.labels import check_labels, require_column
from steelyard.intake.table import describe, encode, require_useful
from steelyard.intake.tables import Tables


def read_table(
    loaded: Tables,
    *,
    name: str,
    group: str | None = None,
    drop_unlabelled: bool = False,
    keep_singletons: bool = False,
) -> Data:
    """Data of kind ``table``; see `steelyard.intake.read`."""
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
    labels = check_labels(
        frame[loaded.label],
        split,
        loaded.row_names,
        where=f"{where}, column '{loaded.label}'",
        drop_unlabelled=drop_unlabelled,
        keep_singletons=keep_singletons,
    )
    frame = frame[features]
    if labels.rows.size < len(frame):
        frame = frame.iloc[labels.rows]
        groups = None if groups is None else groups.iloc[labels.rows]
    split = split[labels.rows]
    # the columns are judged as the model will meet them: not by the rows it is tested on
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
        row_names=loaded.row_names[labels.rows],
        source=where,
        label_name=loaded.label,
        columns=columns,
        notes=[*notes, *describe(columns, frame)],
    )
