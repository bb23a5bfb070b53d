"""Listed images, from folders or from a table that names them, to `Data`."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from steelyard.core.data import Data
from steelyard.core.errors import UserError
from steelyard.intake.assemble import assemble
from steelyard.intake.folder import Listing, is_image_name, list_folder
from steelyard.intake.given_splits import split_column, split_of
from steelyard.intake.images import choose_side, decode_all
from steelyard.intake.label_column import require_column
from steelyard.intake.label_text import text_codes
from steelyard.intake.labels import Labels, check_labels
from steelyard.intake.sampling import draw_rows
from steelyard.intake.tables import Tables

_MOSTLY = 0.9


def read_folder(folder: Path, test: Path | None, **options: Any) -> Data:
    """Data of kind ``images`` from class folders."""
    listing = list_folder(folder, "train" if test else "")
    if test is not None:
        more = list_folder(test, "test")
        listing = Listing(
            listing.files + more.files,
            listing.labels + more.labels,
            tuple(s if s != "test" else "" for s in listing.splits) + more.splits,
            listing.names + tuple(f"{test.name}/{name}" for name in more.names),
            listing.notes + more.notes,
        )
    return read_images(listing, source=str(folder), **options)


def image_column(frame: pd.DataFrame, folder: Path) -> str | None:
    """The column that names image files which exist beside the table, if there is one."""
    for name, dtype in zip(frame.columns, frame.dtypes):
        if pd.api.types.is_numeric_dtype(dtype):
            continue
        some = frame[name].iloc[:1_000].dropna().astype(str).str.strip().head(50)
        there = any((folder / text).is_file() for text in some if is_image_name(text))
        if there and np.mean([is_image_name(text) for text in some]) >= _MOSTLY:
            return str(name)
    return None


def read_manifest(loaded: Tables, column: str, *, group: str | None = None, **options: Any) -> Data:
    """Data of kind ``images`` from a table whose ``column`` names files relative to the table."""
    frame, path = loaded.frame, loaded.paths[0]
    if frame[column].isna().any():
        rows = loaded.row_names[frame[column].isna()]
        raise UserError(
            "E122",
            f"{rows.size} rows name no image",
            where=f"{path}, column '{column}'",
            why=f"the first is row {rows[0]}",
            fix="fill in the column or delete those rows",
        )
    names = tuple(frame[column].astype(str).str.strip())
    splits, notes = loaded.split, list(loaded.notes)
    given = split_column(frame, [c for c in frame.columns if c not in (column, loaded.label)])
    if given is not None and not splits.any():
        splits = split_of(frame[given])
        notes.append(f"splits: as column '{given}' says")
    unused = [c for c in frame.columns if c not in (column, loaded.label, group, given)]
    if unused:
        notes.append(f"images only: {len(unused)} other columns of the table were not used")
    groups = None
    if group is not None:
        groups = frame[require_column(group, list(frame.columns), str(path), "--group")]
    files = tuple(loaded.paths[i].parent / name for i, name in zip(loaded.path_of, names))
    listing = Listing(files, tuple(frame[loaded.label]), tuple(splits), names, tuple(notes))
    options = {**options, "label_name": loaded.label, "group": groups}
    return read_images(listing, source=str(path), **options)


def read_images(
    listing: Listing,
    *,
    name: str,
    source: str,
    cache: Path,
    image_size: int | None = None,
    sample: int | None = None,
    random_state: int = 0,
    skip_unreadable: bool = False,
    label_name: str = "",
    group: Any = None,
    **checks: Any,
) -> Data:
    """Check the labels, decode the images, assemble."""
    notes = list(listing.notes)
    if sample is not None and sample < len(listing.files):
        codes, _ = text_codes(np.array(listing.labels, dtype=object))
        rows = draw_rows(codes, sample, random_state)
        notes.append(
            f"{rows.size} of {codes.size} images read; classes under 1000 images are whole"
        )
        listing, group = listing.but(rows.tolist()), None if group is None else group.iloc[rows]

    def check(part: Listing) -> Labels:
        split, names = np.array(part.splits, dtype="<U5"), np.array(part.names)
        values = pd.Series(part.labels, dtype=object)
        return check_labels(values, split, names, where=source, thing="image", **checks)

    labels = check(listing)
    asked = listing.but(labels.rows.tolist())
    pixels = decode_all(
        asked.files,
        asked.names,
        image_size or choose_side(asked.files),
        cache,
        skip_unreadable=skip_unreadable,
        where=source,
    )
    X, content, rows = pixels.X, pixels.content, labels.rows[pixels.rows]
    if rows.size < labels.rows.size:  # a class may have lost its last image: look again
        left = np.setdiff1d(np.arange(len(listing.files)), np.setdiff1d(labels.rows, rows))
        labels = check(listing.but(left.tolist()))
        found, rows = rows, left[labels.rows]
        if rows.size < found.size:
            place = np.searchsorted(found, rows)
            X, content = X[place], content[place]
    listing = listing.but(rows.tolist())
    return assemble(
        X,
        labels,
        name=name,
        kind="images",
        content=content,
        split=np.array(listing.splits, dtype="<U5"),
        group=None if group is None else group.iloc[rows],
        row_names=np.array(listing.names),
        source=source,
        label_name=label_name,
        notes=[*notes, *pixels.notes],
    )
