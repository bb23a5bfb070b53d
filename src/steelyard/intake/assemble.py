"""The last step of every reading: labelled content becomes `Data`."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.data import Column, Data, Kind
from steelyard.intake.duplicates import find_duplicates, repeats_naturally, tie_units
from steelyard.intake.labels import Labels


def assemble(
    X: Any,
    labels: Labels,
    *,
    name: str,
    kind: Kind,
    content: NDArray[np.uint64] | None,
    split: NDArray[np.str_],
    group: Any = None,
    row_names: NDArray[np.str_],
    source: str = "",
    label_name: str = "",
    columns: Sequence[Column] = (),
    notes: Sequence[str] = (),
) -> Data:
    """Tie duplicates and groups into units, note what they do to the splits, take a fingerprint.

    Where the columns have few combinations, equal rows are no copies and stand where they fall; so
    do they where chance copies would chain the user's groups into one that cannot be split.

    ``X``, ``content`` (a hash of each row), ``split``, ``group`` (missing where unknown) and
    ``row_names`` hold the n rows that ``labels`` kept. Without ``content`` no row is a duplicate.
    """
    notes = [*notes, *labels.notes]
    alone = content is None
    content = np.arange(len(labels.target), dtype=np.uint64) if content is None else content
    codes = None
    if group is not None:
        codes = pd.factorize(group, use_na_sentinel=True)[0]
        if (codes < 0).any():
            lacking = np.count_nonzero(codes < 0)
            notes.append(f"{lacking} rows have no group; each is taken as its own")
        tested = set(codes[split == "test"]) - {-1}
        cut = tested & set(codes[split != "test"])
        if cut:
            notes.append(
                f"{len(cut)} of the {len(tested)} groups of the test split have rows outside it "
                "too: the score on it can be too good"
            )
    natural = repeats_naturally(columns, len(content))
    each = np.arange(len(content))
    unit = tie_units(each if natural else content, codes, split)
    if codes is not None and _largest(unit) > 0.5 >= _largest(
        by_group := tie_units(each, codes, split)
    ):
        unit = by_group
        notes.append(
            "equal rows in different groups would tie most rows into one: groups are kept whole, "
            "such copies may stand on both sides"
        )
    duplicates = None if alone else find_duplicates(content, labels.target, split, row_names)
    left_out = np.isin(unit[split != "test"], unit[split == "test"]).sum()
    if left_out:
        tied = "" if codes is None else ", or are of one group with a copy,"
        notes.append(
            f"{left_out} rows of train or val copy a test row{tied} and will not be trained on"
        )
    notes += _in_one_unit(labels, unit)
    return Data(
        name=name,
        kind=kind,
        X=X,
        target=labels.target,
        classes=labels.classes,
        split=split,
        unit=unit,
        row_names=row_names,
        fingerprint=_fingerprint(content, X if alone else columns, labels, split, unit),
        source=source,
        label_name=label_name,
        columns=tuple(columns),
        duplicates=duplicates,
        split_labels=labels.split_labels,
        notes=tuple(notes),
    )


def _largest(unit: NDArray[np.int64]) -> float:
    """Share of the rows that the largest unit holds."""
    return float(np.bincount(unit).max() / unit.size) if unit.size else 0.0


def _in_one_unit(labels: Labels, unit: NDArray[np.int64]) -> list[str]:
    """Classes of several rows that cannot be split."""
    per_class = np.unique(np.stack([labels.target, unit]), axis=1)[0] if unit.size else []
    units = np.bincount(per_class, minlength=len(labels.classes))
    rows = np.bincount(labels.target, minlength=len(labels.classes))
    return [
        f"all {rows[k]} rows of '{labels.classes[k]}' are copies or of one group: "
        "they can be trained on, but not tested"
        for k in np.flatnonzero((units == 1) & (rows > 1))[:5]
    ]


def _fingerprint(
    content: NDArray[np.uint64],
    beside: Any,
    labels: Labels,
    split: NDArray[np.str_],
    unit: NDArray[np.int64],
) -> str:
    """Hash of all that decides a training: rows, labels, columns, splits and units."""
    digest = hashlib.blake2b(digest_size=12)
    for part in (content, labels.target, unit, split.astype("<U5")):
        digest.update(np.ascontiguousarray(part).tobytes())
    digest.update("\0".join(labels.classes).encode())
    if isinstance(beside, np.ndarray):
        digest.update(np.ascontiguousarray(beside).tobytes())
    else:
        digest.update(repr(tuple(beside)).encode())
    return digest.hexdigest()
