"""Columns: what each column of a table is, and its numbers."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.data import Column
from steelyard.intake.label_text import factorize

MAX_CATEGORIES = 254
"""Histogram boosting has 255 bins and keeps one for missing values."""
OTHER = "(other)"
"""Stands for the rare categories of a column with more than `MAX_CATEGORIES`."""

_ENOUGH = 20  # rows below which a column of different values says nothing about being an id
_BLOCK = 4_000_000  # numbers sorted at a time
_MISSING_WORDS = frozenset(
    {"", "?", "-", ".", "na", "n/a", "nan", "none", "null", "nil", "missing"}
)
_DATE = re.compile(r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ].*)?$")
_ID_NAME = re.compile(
    r"(^|.*[_\s.-])(id|index|row|rownumber|uuid|guid)$|^unnamed: 0$", re.IGNORECASE
)


def fit_columns(frame: pd.DataFrame, *, named: bool = True) -> tuple[Column, ...]:
    """Judge every column of ``frame``.

    ``named=False`` says that the columns are a plain array's: no id is looked for among numbers.
    """
    numeric = [pd.api.types.is_numeric_dtype(d) and d.kind in "iuf" for d in frame.dtypes]
    names = frame.columns[numeric]
    judged = dict(zip(names, _judge_numbers(frame[names], named=named)))
    return tuple(judged.get(name) or _judge_other(name, frame[name]) for name in frame.columns)


def numbers(frame: pd.DataFrame, dtype: Any = np.float64) -> NDArray[np.floating]:
    """Numeric columns as an array (N, D); missing and infinite values are NaN."""
    try:
        X = frame.to_numpy(dtype=dtype, na_value=np.nan)
    except (TypeError, ValueError):  # an integer block cannot hold the NaN it is asked to
        X = frame.astype(dtype).to_numpy()
    infinite = np.isinf(X)
    if infinite.any():
        X = np.where(infinite, np.nan, X)
    return X


def says_something(text: Any) -> bool:
    """Whether a text is more than a word for a missing value.

    >>> [says_something(t) for t in ("12", "?", " N/A ")]
    [True, False, False]
    """
    return str(text).strip().lower() not in _MISSING_WORDS


def _judge_numbers(frame: pd.DataFrame, *, named: bool) -> list[Column]:
    N, D = frame.shape
    step = max(1, _BLOCK // max(1, N))
    judged = []
    for start in range(0, D, step):
        part = frame.iloc[:, start : start + step]
        ordered = np.sort(np.ascontiguousarray(numbers(part).T), axis=1)  # NaN comes last
        missing = np.isnan(ordered).sum(axis=1)
        with np.errstate(invalid="ignore"):
            distinct = (np.diff(ordered, axis=1) > 0).sum(axis=1) + (missing < N)
        for j, name in enumerate(part.columns):
            why = _why_not_number(str(name), ordered[j], int(missing[j]), int(distinct[j]), named)
            role = "set-aside" if why else "number"
            judged.append(Column(str(name), role, why, int(missing[j]), int(distinct[j])))
    return judged


def _why_not_number(
    name: str, ordered: NDArray[np.floating], missing: int, distinct: int, named: bool
) -> str:
    if distinct <= 1 and not (distinct and missing):  # that a value is there at all may tell
        return "constant" if distinct else "empty"
    if not named or distinct < _ENOUGH or distinct < ordered.size:
        return ""
    whole = bool((ordered == np.floor(ordered)).all())
    counts_up = ordered[-1] - ordered[0] == ordered.size - 1
    return "id-like" if whole and (counts_up or _ID_NAME.match(name)) else ""


def _judge_other(name: Any, column: "pd.Series[Any]") -> Column:
    name, dtype = str(name), column.dtype
    if dtype.kind in "mM" or isinstance(dtype, pd.PeriodDtype):
        return Column(name, "set-aside", "date", int(column.isna().sum()), int(column.nunique()))
    codes, said = factorize(column)
    texts = np.array(said, dtype=object)
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    rows, distinct = int(counts.sum()), len(texts)
    missing = len(column) - rows
    if distinct > 1 and set(said) <= {"True", "False"}:
        return Column(name, "boolean", "", missing, distinct, ("False", "True"))
    # the user's own word makes a categorical one, even of numbers
    if distinct > 1 and not isinstance(dtype, pd.CategoricalDtype):
        value = _numbers_in_text(texts, counts)
        if value is not None:
            return _judge_text_numbers(name, value.repeat(counts), missing)
    why = _why_not_category(texts, rows, missing)
    if why:
        return Column(name, "set-aside", why, missing, distinct)
    categories = tuple(texts[np.lexsort((texts.astype(str), -counts))])
    if distinct > MAX_CATEGORIES:
        categories = (*categories[: MAX_CATEGORIES - 1], OTHER)
    return Column(name, "category", "", missing, distinct, categories)


def _judge_text_numbers(name: str, value: NDArray[np.floating], missing: int) -> Column:
    (column,) = _judge_numbers(pd.DataFrame({name: value}), named=True)
    return replace(column, missing=column.missing + missing)


def _numbers_in_text(texts: NDArray[Any], counts: NDArray[np.int64]) -> NDArray[np.floating] | None:
    """The texts as numbers, when at least 19 in 20 of the rows that say something hold one."""
    value = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(np.float64)
    says = np.array([says_something(t) for t in texts])
    is_number = ~np.isnan(value)
    enough = counts[is_number & says].sum() >= 0.95 * max(1, counts[says].sum())
    return value if enough and is_number.any() else None


def _why_not_category(texts: NDArray[Any], rows: int, missing: int) -> str:
    distinct = len(texts)
    if distinct <= 1 and not (distinct and missing):
        return "constant" if distinct else "empty"
    some = [str(t) for t in texts[:: max(1, distinct // 500)]]
    if np.mean([bool(_DATE.match(t)) for t in some]) >= 0.95:
        return "date"
    words = np.mean([len(t.split()) for t in some])
    if distinct > max(_ENOUGH, 0.2 * rows) and words >= 4:
        return "free text"
    if distinct >= max(_ENOUGH, 0.5 * rows):
        return "free text" if words >= 3 else "id-like"
    return ""
