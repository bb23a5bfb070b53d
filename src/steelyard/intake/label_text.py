"""Labels and categories as text: how they are written, coded and sorted."""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def natural(text: str) -> list[tuple[int, float, str]]:
    """Sort key under which ``class 2`` comes before ``class 10`` and ``-1`` before ``1``.

    >>> sorted(["10", "9", "b2", "b10", "-1"], key=natural)
    ['-1', '9', '10', 'b2', 'b10']
    """
    if re.fullmatch(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?", text, re.ASCII):
        return [(0, float(text), text)]
    parts = [p for p in re.split(r"([0-9]+)", text) if p]
    key = [
        (1, float(p), "") if p.isascii() and p.isdigit() else (2, 0, p.casefold()) for p in parts
    ]
    return [*key, (3, 0, text)]  # texts that differ only in case keep a fixed order


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


def factorize(values: Any) -> tuple[NDArray[np.int64], list[str]]:
    """Codes (N,) and the texts they stand for, in the order met; -1 is missing."""
    try:
        codes, uniques = pd.factorize(values, use_na_sentinel=True)
    except TypeError:  # lists and the like cannot be hashed
        codes, uniques = pd.factorize(pd.Series(values).astype(str), use_na_sentinel=True)
    return codes, as_text(uniques)


def text_codes(values: Any) -> tuple[NDArray[np.int64], list[str]]:
    """Codes (N,) into distinct sorted texts; -1 where a value is missing or blank."""
    codes, raw = factorize(values)
    texts = sorted({t for t in raw if t.strip()})
    place = {t: i for i, t in enumerate(texts)}
    # one more entry at the end, so that the code -1 of a missing value finds -1
    lookup = np.array([place.get(t, -1) for t in raw] + [-1], dtype=np.int64)
    return lookup[codes], texts
