"""Which column of a table holds the labels."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from steelyard.core.errors import UserError, did_you_mean, first_five

OBVIOUS = ("target", "label", "class", "y", "outcome")
_MOST_CLASSES = 100
_MOST_NUMBERS = 20


def obvious_label(columns: Sequence[str]) -> str | None:
    """The column that is named like a label, whatever its case.

    >>> obvious_label(["Age", "Class"])
    'Class'
    """
    lower = {name.strip().lower(): name for name in reversed(columns)}
    return next((lower[name] for name in OBVIOUS if name in lower), None)


def guess_label(frame: pd.DataFrame, where: str) -> str:
    """The last column, when it looks like classes, or `UserError` E118 with the candidates."""
    candidates = [str(name) for name in frame.columns if _class_like(frame[name])]
    if candidates and candidates[-1] == frame.columns[-1]:
        return candidates[-1]
    raise UserError(
        "E118",
        "which column holds the labels?",
        where=where,
        why=f"none is named {', '.join(OBVIOUS)}, and the last does not look like classes",
        fix=f"--label COL; such as {first_five(candidates[::-1])}" if candidates else "--label COL",
    )


def require_column(name: str, columns: Sequence[str], where: str, option: str) -> str:
    """``name`` when it is one of ``columns``; else `UserError` E103."""
    if name in columns:
        return name
    raise UserError(
        "E103",
        f"there is no column '{name}'",
        where=where,
        why=f"it has {len(columns)} column{'s' * (len(columns) != 1)}: {first_five(columns)}",
        fix=did_you_mean(name, columns) or f"{option} COL with one of them",
    )


def _class_like(column: "pd.Series[Any]") -> bool:
    present = column.dropna()
    distinct = present.nunique()
    if not 2 <= distinct <= min(_MOST_CLASSES, len(present) / 2):
        return False
    if pd.api.types.is_float_dtype(present.dtype):
        return distinct <= _MOST_NUMBERS and bool((present == present.round()).all())
    return True
