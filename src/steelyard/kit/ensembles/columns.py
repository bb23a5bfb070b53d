"""From a frame or an array to one matrix of floats: categories become codes, gaps become NaN."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.kit.metrics.arrays import FloatArray

OneColumn = NDArray[Any]

DATES = "turn dates into numbers first, such as days since a date or the day of the week"
NUMPY_DATES = (np.datetime64, np.timedelta64)


def is_frame(X: Any) -> bool:
    """True for pandas, polars and whatever else has named columns that it hands out one by one."""
    return hasattr(X, "columns") and hasattr(X, "__getitem__") and not hasattr(X, "toarray")


def check_no_label_missing(y: Any) -> None:
    """Raise ValueError where a label is missing in any of the ways of pandas and polars."""
    values = _values(y) if hasattr(y, "to_numpy") else np.asarray(y)
    if values.dtype.kind in "OfMT" and values.ndim == 1 and not (present := _present(values)).all():
        raise ValueError(
            f"y has no label (NaN) in {int((~present).sum())} of {len(present)} rows; drop them"
        )


def check_no_dates(X: Any) -> None:
    """Raise ValueError where an array holds dates or durations, which NumPy makes numbers of."""
    if not isinstance(X, np.ndarray) or X.dtype.kind not in "mMO":
        return
    told = str(X.dtype)
    if X.dtype.kind == "O":
        dates = (type(v).__name__ for v in X.flat if isinstance(v, (date, timedelta, *NUMPY_DATES)))
        if (told := next(dates, "")) == "":
            return
    raise ValueError(f"X holds {told}, which is neither numbers nor categories; {DATES}")


def check_no_text(X: Any) -> None:
    """Raise ValueError where an array holds words: only the columns of a frame are categories."""
    kind = getattr(getattr(X, "dtype", None), "kind", "")
    words = (value for value in X.flat if isinstance(value, str)) if kind in "OU" and kind else ()
    for word in words:
        try:
            float(word)
        except ValueError:
            raise ValueError(
                f"X is an array that holds text, such as {word[:20]!r}; give a frame, "
                "pandas.DataFrame(X), whose columns of text are read as categories"
            ) from None


@dataclass(frozen=True)
class Columns:
    """What the columns of a frame mean, learnt from the training rows.

    ``categories`` holds for each column the values in the order of their codes, or None for
    numbers. An array has numbers alone.
    """

    names: tuple[str, ...]
    categories: tuple[list[Any] | None, ...]

    @classmethod
    def of(cls, X: Any) -> "Columns":
        """Learn the columns of a frame.

        Raises
        ------
        ValueError
            A column holds dates, durations or nested values, or two have one name.
        """
        names = tuple(str(name) for name in X.columns)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"X has several columns named {twice[:5]}; give each its own name")
        return cls(names, tuple(_categories(X[name], str(name)) for name in X.columns))

    @property
    def categorical(self) -> NDArray[np.bool_]:
        """``(D,)`` which columns hold codes of categories."""
        return np.array([values is not None for values in self.categories], dtype=bool)

    def matrix(self, X: Any) -> FloatArray:
        """``(N, D)``: numbers as they are, categories as codes, missing and unseen ones as NaN."""
        columns = [X[name] for name in X.columns]
        read = [_codes(_values(c), v) for c, v in zip(columns, self.categories)]
        return np.stack(read, axis=1) if read else np.empty((len(X), 0))


def _values(column: Any) -> OneColumn:
    return np.asarray(column.to_numpy())


def _present(values: OneColumn) -> NDArray[np.bool_]:
    from pandas import notna  # type: ignore[import-untyped]  # knows every way in which pandas and polars say missing

    return np.asarray(notna(values))


def _categories(column: Any, name: str) -> list[Any] | None:
    """The categories of a column in their order, None where it holds numbers."""
    declared = str(column.dtype).lower().startswith(("categor", "enum"))
    values = _values(column)
    if values.dtype.kind in "fiub" and not declared:
        return None
    if values.dtype.kind not in "OUSTfiub":
        raise ValueError(
            f"column {name!r} holds {values.dtype}, which is neither numbers nor categories; "
            f"{DATES}"
        )
    if declared and hasattr(column, "cat") and hasattr(column.cat, "categories"):
        return list(column.cat.categories)
    present = values[_present(values)]
    if not declared and all(isinstance(v, (int, float, np.number, np.bool_)) for v in present):
        return None
    if not all(isinstance(v, (str, bytes, int, float, np.generic)) for v in present):
        raise ValueError(
            f"column {name!r} holds objects that are neither numbers nor text, such as a "
            f"{next(type(v).__name__ for v in present if not isinstance(v, (str, int, float)))}; "
            f"{DATES}"
        )
    return sorted(set(present.tolist()), key=lambda v: (type(v).__name__, v))


def _codes(values: OneColumn, categories: Sequence[Any] | None) -> FloatArray:
    if categories is None and values.dtype.kind in "fiub":
        return values.astype(np.float64)
    read, present = np.full(len(values), np.nan), _present(values)
    if categories is None:
        read[present] = values[present].astype(np.float64)
        return read
    code = {value: float(i) for i, value in enumerate(categories)}
    read[present] = [code.get(value, np.nan) for value in values[present].tolist()]
    return read
