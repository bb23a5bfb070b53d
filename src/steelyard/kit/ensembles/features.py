"""The training rows as members read them: shared codes, or numbers for an estimator of one's own.

Rows are always taken by index; what is handed to a member is a copy of its own rows alone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse, vstack

from steelyard.kit.ensembles.binned import Bins
from steelyard.kit.ensembles.columns import Columns
from steelyard.kit.metrics.arrays import FloatArray

Matrix = NDArray[Any]


@dataclass(frozen=True)
class Reading:
    """How a table becomes what members read; kept by a fitted ensemble for the rows to come.

    ``columns`` is None for arrays, ``bins`` is None where members read numbers.
    """

    columns: Columns | None
    bins: Bins | None

    def of(self, numbers: FloatArray) -> "Features":
        """The features of rows whose categories are codes already."""
        stored = numbers if self.bins is None else self.bins.codes(numbers)
        none = np.zeros(numbers.shape[1], dtype=bool)
        return Features(stored, none if self.columns is None else self.columns.categorical)


@dataclass(frozen=True)
class Features:
    """``stored (N, D)``: codes of one byte (0 is missing), or floats (NaN is missing).

    A sparse table becomes codes like others, a byte a cell, and stays sparse for a learner that
    takes it.
    """

    stored: Matrix
    categorical: NDArray[np.bool_]

    @property
    def n_rows(self) -> int:
        return int(self.stored.shape[0])

    def all(self) -> Matrix:
        """All rows as a member reads them."""
        # scikit-learn's trees read float32, so this conversion is made anyway
        return self.stored.astype(np.float32) if self.is_binned else self.stored

    def rows(self, index: NDArray[np.intp]) -> Matrix:
        """The rows of ``index`` as a member reads them."""
        taken = self.stored[index]
        return taken.astype(np.float32) if self.is_binned else taken

    def dense_rows(self, index: NDArray[np.intp]) -> Matrix:
        """As `rows`, never sparse: what distances are computed from."""
        taken: Any = self.rows(index)
        return np.asarray(taken.toarray()) if issparse(taken) else taken

    @property
    def is_binned(self) -> bool:
        return self.stored.dtype == np.uint8

    def missing(self, read: Matrix) -> NDArray[np.bool_]:
        """Where rows in the form of `rows` have gaps."""
        return np.asarray(read == 0 if self.is_binned else np.isnan(read))


def stacked(parts: list[Matrix]) -> Matrix:
    """Rows under each other; sparse if any are, for the others are few and synthetic."""
    if any(issparse(part) for part in parts):
        together: Matrix = vstack([csr_array(part) for part in parts], format="csr")
        return together
    return np.concatenate(parts)
