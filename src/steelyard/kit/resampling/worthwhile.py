"""When finding neighbours by blocks pays, and when scikit-learn's own way is taken instead."""

from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

LEAST_ROWS = 2000
LEAST_COLUMNS = 5  # below, scikit-learn's trees look at few rows
PLAIN = NearestNeighbors().get_params()


def worthwhile(X: Any, n_neighbors: int) -> bool:
    """Whether ``X`` is a dense table with enough rows and columns."""
    return (
        isinstance(X, np.ndarray)
        and np.issubdtype(X.dtype, np.number)
        and len(X) >= max(LEAST_ROWS, n_neighbors)
        and X.shape[1] >= LEAST_COLUMNS
    )


def is_plain(nn: Any) -> bool:
    """Whether ``nn`` looks for Euclidean neighbours and leaves the method to scikit-learn."""
    free = ("n_neighbors", "n_jobs")
    return type(nn) is NearestNeighbors and all(
        value == PLAIN[name] for name, value in nn.get_params().items() if name not in free
    )
