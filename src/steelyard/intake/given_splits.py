"""Splits that the user gave: the names people use for them, and columns that say them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
_COLUMNS = ("split", "subset", "partition", "set")


def split_of(column: "pd.Series[Any]") -> NDArray[np.str_]:
    """The splits (N,) that a column says.

    >>> split_of(pd.Series(["Training", "test "])).tolist()
    ['train', 'test']
    """
    return column.str.strip().str.lower().map(SPLIT_NAMES).to_numpy("<U5")


def split_column(frame: pd.DataFrame, candidates: Sequence[str]) -> str | None:
    """The column that says train or test for every row, if there is one."""
    for name in candidates:
        if name.strip().lower() in _COLUMNS and not pd.api.types.is_numeric_dtype(frame[name]):
            said = {SPLIT_NAMES.get(str(v).strip().lower()) for v in frame[name].unique()}
            if "train" in said and len(said) > 1 and None not in said:
                return name
    return None
