"""Labels: from the label column as written to class indices, with everything wrong named."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.errors import UserError, did_you_mean, first_five

OBVIOUS = ("target", "label", "class", "y", "outcome")
CONTINUOUS = 20
"""More different values than this in a numeric label with fractions make it a quantity."""


@dataclass(frozen=True)
class Labels:
    """The rows whose label can be learnt.

    Attributes
    ----------
    rows : (n,) the rows kept, of those read.
    target : (n,) class index.
    classes : K names in natural order.
    split_labels : given split (``work`` when none was given) -> label as written -> rows.
    notes : what was left out, for people.
    """

    rows: NDArray[np.int64]
    target: NDArray[np.int64]
    classes: tuple[str, ...]
    split_labels: Mapping[str, Mapping[str, int]]
    notes: tuple[str, ...] = ()


def natural(text: str) -> list[Any]:
    """Sort key under which ``class 2`` comes before ``class 10`` and ``-1`` before ``1``.

    >>> sorted(["10", "9", "b2", "b10", "-1"], key=natural)
    ['-1', '9', '10', 'b2', 'b10']
    """
    try:
        return [(0, float(text), "")]
    except ValueError:
        parts = re.split(r"(\d+)", text)
        return [(1, int(p), "") if p.isdigit() else (2, 0, p.casefold()) for p in parts if p] + [
            (3, 0, text)
        ]


def as_text(values: Any) -> list[str]:
    """Values as they would be written: ``1.0`` is ``1``, so a column with gaps reads the same.

    >>> as_text([1.0, 2.5, True, "a "])
    ['1', '2.5', 'True', 'a ']
    """
    return [
        str(int(v))
        if isinstance(v, (float, np.floating)) and np.isfinite(v) and v == int(v)
        else str(v)
        for v in values
    ]


def text_codes(values: Any) -> tuple[NDArray[np.int64], list[str]]:
    """Codes (N,) into distinct texts; -1 where a value is missing or blank."""
    codes, uniques = pd.factorize(values, use_na_sentinel=True)
    raw = as_text(uniques)
    texts = sorted({t for t in raw if t.strip()})
    place = {t: i for i, t in enumerate(texts)}
    # one more entry at the end, so that the code -1 of a missing value finds -1
    lookup = np.array([place.get(t, -1) for t in raw] + [-1], dtype=np.int64)
    return lookup[codes], texts


def obvious_label(columns: Sequence[str]) -> str | None:
    """The column that is named like a label, whatever its case."""
    lower = {name.strip().lower(): name for name in reversed(columns)}
    return next((lower[name] for name in OBVIOUS if name in lower), None)


def guess_label(frame: pd.DataFrame, where: str) -> str:
    """The last column, when it looks like classes, or `UserError` E104 with the candidates."""
    candidates = [str(name) for name in frame.columns if _class_like(frame[name])]
    if candidates and candidates[-1] == frame.columns[-1]:
        return candidates[-1]
    raise UserError(
        "E104",
        "which column holds the labels?",
        where=where,
        why="no column is named target, label, class, y or outcome, "
        "and the last one does not look like classes",
        fix=f"--label COL; candidates: {first_five(candidates[::-1])}"
        if candidates
        else "--label COL",
    )


def _class_like(column: "pd.Series[Any]") -> bool:
    present = column.dropna()
    distinct = present.nunique()
    if not 2 <= distinct <= min(100, len(present) / 2):
        return False
    if pd.api.types.is_float_dtype(present.dtype):
        return distinct <= CONTINUOUS and bool((present == present.round()).all())
    return True


def require_column(name: str, columns: Sequence[str], where: str, option: str) -> str:
    """``name`` when it is one of ``columns``; else `UserError` E103."""
    if name in columns:
        return name
    raise UserError(
        "E103",
        f"there is no column '{name}'",
        where=where,
        why=f"it has {len(columns)} columns: {first_five(columns)}",
        fix=did_you_mean(name, columns) or f"{option} COL with one of them",
    )


def check_labels(
    values: Any,
    split: NDArray[np.str_],
    row_names: NDArray[np.str_],
    *,
    where: str = "",
    things: str = "rows",
    drop_unlabelled: bool = False,
    keep_singletons: bool = False,
) -> Labels:
    """Turn labels as written into class indices.

    Classes are those of the rows outside the given test split; test rows of any other class can
    never be predicted and are left out with a note (their texts stay in ``split_labels``).

    Raises
    ------
    UserError
        E110 one class; E111 empty labels; E112 no test row has a class of train; E113 classes
        with a single row; E115 numbers that are a quantity, not classes.
    """
    codes, texts = text_codes(values)
    notes = []
    if (codes < 0).any():
        if not drop_unlabelled:
            raise _unlabelled(codes, row_names, where, things)
        notes.append(f"{np.count_nonzero(codes < 0)} {things} without a label were left out")
    _refuse_quantity(codes, texts, values, where)
    split_labels = _count_by_split(codes, texts, split)

    trainable = (codes >= 0) & (split != "test")
    counts = np.bincount(codes[trainable], minlength=len(texts))
    known = sorted(np.flatnonzero(counts), key=lambda i: natural(texts[i]))
    _refuse_few(known, counts, texts, where, things, keep_singletons)
    notes += [
        f"'{texts[i]}' has a single one of the {things}: trained on, but nothing can be said of it"
        for i in known
        if counts[i] == 1
    ][:5]

    place = np.full(len(texts) + 1, -1, dtype=np.int64)
    place[known] = np.arange(len(known))
    target = place[codes]
    rows = np.flatnonzero(target >= 0)
    lost = np.flatnonzero((target < 0) & (codes >= 0))
    if lost.size:
        notes.append(_unseen(lost, codes, texts, split, target, where, things))
    classes = tuple(texts[i] for i in known)
    return Labels(rows, target[rows], classes, split_labels, tuple(notes))


def _count_by_split(
    codes: NDArray[np.int64], texts: list[str], split: NDArray[np.str_]
) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for name in ("train", "val", "test", ""):
        here = codes[(split == name) & (codes >= 0)]
        if here.size:
            counts = np.bincount(here, minlength=len(texts))
            counted[name or "work"] = {texts[i]: int(counts[i]) for i in np.flatnonzero(counts)}
    return counted


def _unlabelled(
    codes: NDArray[np.int64], row_names: NDArray[np.str_], where: str, things: str
) -> UserError:
    empty = np.flatnonzero(codes < 0)
    return UserError(
        "E111",
        f"{empty.size} of {codes.size} labels are empty",
        where=where,
        why=f"{things} {first_five([str(name) for name in row_names[empty[:5]]])}"
        + (f" and {empty.size - 5} more" if empty.size > 5 else ""),
        fix="--drop-unlabelled leaves them out, or fill them in",
    )


def _refuse_quantity(codes: NDArray[np.int64], texts: list[str], values: Any, where: str) -> None:
    rows = np.count_nonzero(codes >= 0)
    kind = pd.api.types.infer_dtype(pd.unique(pd.Series(values)), skipna=True)
    number = kind in ("floating", "integer", "mixed-integer-float", "decimal")
    fractions = number and any("." in t or "e" in t for t in texts)
    few_each = len(texts) > max(CONTINUOUS, rows / 5)
    if (fractions and (len(texts) > CONTINUOUS or len(texts) > rows / 5)) or few_each:
        what = "a continuous quantity" if number else "a different text in almost every row"
        raise UserError(
            "E115",
            f"the label is {what}, not classes: {len(texts)} different values in {rows} rows",
            where=where,
            why="steelyard treats classifiers; every class needs several rows",
            fix="--label COL with another column, or cut the numbers into classes first",
        )


def _refuse_few(
    known: list[int],
    counts: NDArray[np.int64],
    texts: list[str],
    where: str,
    things: str,
    keep_singletons: bool,
) -> None:
    if len(known) < 2:
        what = f"only one class, '{texts[known[0]]}' ({counts[known[0]]} {things})" if known else ""
        raise UserError(
            "E110",
            what or f"no {things} with a label to train on: there must be at least two classes",
            where=where,
            why="a classifier needs at least two classes",
            fix="give a folder with one sub-folder per class"
            if things == "images"
            else "--label COL with the column that holds the classes",
        )
    single = [texts[i] for i in known if counts[i] == 1]
    if single and not keep_singletons:
        raise UserError(
            "E113",
            f"{len(single)} of {len(known)} classes have one of the {things} each: "
            f"{first_five(single)}",
            where=where,
            why="it cannot be both trained on and tested",
            fix=f"add {things}, or --keep-singletons (trained on, reported as unknown)",
        )


def _unseen(
    lost: NDArray[np.int64],
    codes: NDArray[np.int64],
    texts: list[str],
    split: NDArray[np.str_],
    target: NDArray[np.int64],
    where: str,
    things: str,
) -> str:
    unseen = [texts[i] for i in np.unique(codes[lost])]
    what = f"test has {len(unseen)} classes that train lacks: {first_five(unseen)}"
    if not ((split == "test") & (target >= 0)).any():
        close = did_you_mean(unseen[0], [t for t in texts if t not in unseen])
        raise UserError(
            "E112",
            what,
            where=where,
            why="so no test row can ever be predicted right",
            fix=close or "give a test split with the classes of train",
        )
    return f"{what}; their {lost.size} {things} can never be predicted and were left out of test"
