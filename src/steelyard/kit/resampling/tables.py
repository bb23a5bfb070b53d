"""Tables that imbalanced-learn's samplers refuse: gaps, categories, nullable and polars columns.

For distances a gap is the median of its column, and two categories are as far apart as numbers one
median standard deviation apart (Chawla et al., SMOTE, JAIR 2002, section 6.1). Rows that are kept
are the given ones, gaps and all; synthetic rows have no gap but where both their ends had one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from steelyard.kit.ensembles.columns import Columns, check_no_dates, is_frame
from steelyard.kit.metrics.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Table:
    """``given`` as ``matrix (N, D)`` of numbers and codes of categories, with gaps as NaN."""

    given: Any
    columns: Columns | None
    matrix: FloatArray

    @classmethod
    def of(cls, X: Any) -> "Table | None":
        """None for what a sampler of imbalanced-learn reads by itself, or refuses rightly.

        Raises
        ------
        ValueError
            A column holds dates or nested values; the message names it and the mend. An array
            holds dates.
        """
        check_no_dates(X)
        if is_frame(X):
            columns = Columns.of(X)
            if _plain_pandas(X) and not columns.categorical.any():
                return None
            return cls(X, columns, columns.matrix(X))
        if issparse(X) or not isinstance(X, np.ndarray) or X.dtype.kind != "f" or X.ndim != 2:
            return None
        return cls(X, None, X.astype(np.float64)) if np.isnan(X).any() else None

    @property
    def categorical(self) -> NDArray[np.bool_]:
        """``(D,)`` which columns hold codes of categories."""
        if self.columns is None:
            return np.zeros(self.matrix.shape[1], dtype=bool)
        return self.columns.categorical

    def filled(self) -> FloatArray:
        """``(N, D)`` with numbers' gaps at the median of their column; categories keep theirs."""
        matrix = self.matrix.copy()
        for j in np.flatnonzero(~self.categorical).tolist():
            gaps = np.isnan(matrix[:, j])
            known = matrix[~gaps, j]
            matrix[gaps, j] = np.median(known) if known.size else 0.0
        return matrix

    def as_numbers(self) -> FloatArray:
        """``(N, P)`` for distances: numbers, then a column for each value of each category."""
        filled, numbers = self.filled(), ~self.categorical
        blocks = [filled[:, numbers]]
        for j in np.flatnonzero(self.categorical).tolist():
            blocks.append((filled[:, [j]] == np.arange(self._values(j))) * self._apart())
        return np.concatenate(blocks, axis=1)

    def from_numbers(self, Z: FloatArray) -> FloatArray:
        """``(M, D)`` of rows in the form of `as_numbers`: of a category's values the largest."""
        matrix = np.full((len(Z), self.matrix.shape[1]), np.nan)
        start = int((~self.categorical).sum())
        matrix[:, ~self.categorical] = Z[:, :start]
        for j in np.flatnonzero(self.categorical).tolist():
            block = Z[:, start : start + self._values(j)]
            start += self._values(j)
            if block.shape[1]:
                # more than half way to a gap is a gap
                there = block.sum(axis=1) >= self._apart() / 2
                matrix[there, j] = block[there].argmax(axis=1)
        return matrix

    def take(self, rows: IntArray) -> Any:
        """Some of the given rows, as they are."""
        if hasattr(self.given, "iloc"):
            return self.given.iloc[rows].reset_index(drop=True)
        return self.given[rows]

    def followed_by(self, matrix: FloatArray) -> Any:
        """All given rows, and under them ``matrix (M, D)`` in the same form and types."""
        if self.columns is None:
            return np.concatenate([self.given, matrix.astype(self.given.dtype)])
        values = [self._typed(j, matrix[:, j]) for j in range(matrix.shape[1])]
        if hasattr(self.given, "iloc"):
            import pandas as pd  # type: ignore[import-untyped]

            together = {
                name: pd.concat([self.given[name], pd.Series(new, dtype=self.given[name].dtype)])
                for name, new in zip(self.given.columns, values)
            }
            return pd.DataFrame(together).reset_index(drop=True)
        schema = self.given.schema
        new = {name: column.tolist() for name, column in zip(self.given.columns, values)}
        return self.given.vstack(type(self.given)(new, schema=schema))

    def _values(self, j: int) -> int:
        assert self.columns is not None
        return len(self.columns.categories[j] or ())

    def _apart(self) -> float:
        spread = self.filled()[:, ~self.categorical].std(axis=0)
        usual = float(np.median(spread)) if spread.size else 1.0
        return (usual or 1.0) / 2**0.5

    def _typed(self, j: int, column: FloatArray) -> NDArray[Any]:
        """New values of a column: categories by name, whole numbers and booleans as such."""
        assert self.columns is not None
        if (categories := self.columns.categories[j]) is not None:
            named = [None if np.isnan(v) else categories[int(v)] for v in column]
            return np.array(named, dtype=object)
        dtype = str(self.given[self.given.columns[j]].dtype).lower()
        if dtype.startswith("bool"):
            return np.asarray(column >= 0.5)
        if dtype.startswith(("int", "uint")):
            return np.asarray(column.round().astype(np.int64))
        return column


def _plain_pandas(X: Any) -> bool:
    """Whether a frame is of numpy numbers without gaps, which imbalanced-learn gives back."""
    if not hasattr(X, "iloc"):
        return False
    plain = all(isinstance(t, np.dtype) and t.kind in "fiub" for t in X.dtypes)
    return plain and not bool(X.isna().to_numpy().any())
