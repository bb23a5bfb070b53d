"""How many folds, and how many rows one training may see, for data of this size."""

from dataclasses import dataclass

import numpy as np

# One training on this many cells (rows x columns x trees a round) takes a few seconds on a core.
_CELLS = 6_000_000


@dataclass(frozen=True)
class Plan:
    """``n_folds`` parts of the work rows; ``max_rows`` rows at most in one training."""

    n_folds: int
    max_rows: int


def plan(n_rows: int, n_columns: int, n_classes: int, *, thorough: bool) -> Plan:
    """The plan for ``n_rows`` work rows; ``thorough`` for a treatment, which has more time.

    >>> plan(1000, 30, 2, thorough=False)
    Plan(n_folds=5, max_rows=200000)
    >>> plan(1_000_000, 30, 2, thorough=False).n_folds
    3
    """
    trees = 1 if n_classes == 2 else min(n_classes, 10)
    rows = _CELLS * (2 if thorough else 1) / (max(1, n_columns) * trees)
    folds = 5 if n_rows < 100_000 else 3
    return Plan(folds, int(np.clip(rows, 20_000, 400_000 if thorough else 200_000)))
