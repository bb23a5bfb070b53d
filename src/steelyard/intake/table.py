"""Tables: a data frame to X (N, D), the same way for the first reading and for new rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.data import Column
from steelyard.core.errors import UserError, did_you_mean, first_five
from steelyard.intake.columns import OTHER, fit_columns, numbers, says_something
from steelyard.intake.label_text import factorize

FLOAT32_FROM = 2**27
"""A table of more numbers than this (1 GiB as float64) is kept as float32."""


def encode(
    frame: pd.DataFrame, columns: Sequence[Column], where: str = "", dtype: Any = None
) -> NDArray[np.floating]:
    """The used ``columns`` of ``frame`` as X (N, D).

    Numbers as they are, categories and booleans as their codes; missing, infinite and unknown
    values are NaN (in a column whose rare categories were grouped, an unknown one is rare too).

    Raises
    ------
    UserError
        E109 when a column is not there, or text stands where numbers were.
    """
    used = [c for c in columns if c.role != "set-aside"]
    names = [c.name for c in used]
    lacking = [n for n in names if n not in frame.columns]
    if lacking:
        raise _lacking(lacking, frame, where)
    small = len(frame) * len(used) <= FLOAT32_FROM
    X = np.empty((len(frame), len(used)), dtype=dtype or (np.float64 if small else np.float32))
    dtypes = dict(zip(frame.columns, frame.dtypes))
    plain = [j for j, c in enumerate(used) if c.role == "number" and _is_number(dtypes[c.name])]
    if len(plain) == X.shape[1] == frame.shape[1]:  # spares a copy of a wide table
        X[:] = numbers(frame[names], X.dtype)
    elif plain:
        X[:, plain] = numbers(frame[[names[j] for j in plain]], X.dtype)
    for j in sorted(set(range(len(used))) - set(plain)):
        X[:, j] = _encode_one(frame[names[j]], used[j], where)
    return X


def describe(columns: Sequence[Column], frame: pd.DataFrame) -> list[str]:
    """Notes about columns set aside, rare categories grouped and infinities."""
    notes = []
    aside = [c for c in columns if c.role == "set-aside"]
    for why in dict.fromkeys(c.why for c in aside):
        names = [c.name for c in aside if c.why == why]
        plural = "column" if len(names) == 1 else "columns"
        notes.append(f"{len(names)} {plural} set aside as {why}: {first_five(names)}")
    grouped = [c.name for c in columns if c.categories[-1:] == (OTHER,)]
    if grouped:
        notes.append(f"rare categories were grouped in {first_five(grouped)}")
    dtypes = dict(zip(frame.columns, frame.dtypes))
    for c in columns:
        if c.role == "number" and not _is_number(dtypes[c.name]):
            words = c.missing - int(frame[c.name].isna().sum())
            if words > 0:
                notes.append(f"{words} cells of '{c.name}' are no numbers: read as missing")
    infinite = _infinite(frame, {c.name for c in columns if c.role == "number"})
    if infinite:
        total = sum(infinite.values())
        notes.append(f"{total} infinite values read as missing in {first_five(list(infinite))}")
    return notes


def require_useful(columns: Sequence[Column], where: str) -> None:
    """`UserError` E114 when no column is left to learn from."""
    if any(c.role != "set-aside" for c in columns):
        return
    reasons = [f"{c.name} ({c.why})" for c in columns]
    raise UserError(
        "E114",
        "no column is left to learn from",
        where=where,
        why=f"all {len(columns)} feature columns are set aside: {first_five(reasons)}"
        if reasons
        else "there is no column beside the labels",
        fix="give columns that vary from row to row",
    )


def _is_number(dtype: Any) -> bool:
    return bool(pd.api.types.is_numeric_dtype(dtype) and dtype.kind in "iuf")


def _infinite(frame: pd.DataFrame, names: set[str]) -> dict[str, int]:
    floats = [n for n, d in zip(frame.columns, frame.dtypes) if d.kind == "f" and n in names]
    if not floats:
        return {}
    counts = np.isinf(frame[floats].to_numpy(np.float64, na_value=np.nan)).sum(axis=0)
    return {floats[j]: int(counts[j]) for j in np.flatnonzero(counts)}


def _encode_one(column: "pd.Series[Any]", known: Column, where: str) -> NDArray[np.floating]:
    if known.role == "number":
        value = numbers(pd.to_numeric(column, errors="coerce").to_frame())[:, 0]
        if np.isnan(value).all() and any(map(says_something, column.dropna().unique()[:1000])):
            raise UserError(
                "E109",
                f"column '{known.name}' holds text",
                where=where,
                why="it held numbers in the data the model was made from",
                fix="give the numbers as they were then",
            )
        return value
    codes, texts = factorize(column)
    place = {text: float(i) for i, text in enumerate(known.categories)}
    unknown = place.get(OTHER, np.nan)
    return np.array([place.get(t, unknown) for t in texts] + [np.nan])[codes]


def _lacking(lacking: list[str], frame: pd.DataFrame, where: str) -> UserError:
    return UserError(
        "E109",
        f"columns that the model needs are not there: {first_five(lacking)}",
        where=where,
        why="the model was made from them",
        fix=did_you_mean(lacking[0], [str(c) for c in frame.columns])
        or "give a table with the same columns",
    )


__all__ = ["describe", "encode", "fit_columns", "require_useful"]
