"""How many folds, and how many rows one training may see, for data of this size."""

from dataclasses import dataclass

import numpy as np

from steelyard.core.learners import BOOSTING

# One boosting on this many cells (rows x columns x trees a round) takes a few seconds on a core.
_CELLS = 6_000_000
# Other learners take steps, not passes: more rows cost them little.
_MOST = 400_000


@dataclass(frozen=True)
class Plan:
    """``n_folds`` parts of the work rows; ``max_rows`` rows at most in one training."""

    n_folds: int
    max_rows: int


def plan(model: str, n_rows: int, n_columns: int, n_classes: int, *, thorough: bool) -> Plan:
    """The plan for ``n_rows`` work rows; ``thorough`` for a treatment, which has more time.

    >>> plan("hist-gradient-boosting", 1000, 30, 2, thorough=False)
    Plan(n_folds=5, max_rows=200000)
    >>> plan("hist-gradient-boosting", 1_000_000, 30, 2, thorough=False).n_folds
    3
    >>> plan("linear-head", 50_000, 1280, 10, thorough=True).max_rows
    400000
    """
    folds = 5 if n_rows < 100_000 else 3
    if model not in BOOSTING:
        return Plan(folds, _MOST)
    trees = 1 if n_classes == 2 else min(n_classes, 10)
    rows = _CELLS * (2 if thorough else 1) / (max(1, n_columns) * trees)
    return Plan(folds, int(np.clip(rows, 20_000, _MOST if thorough else _MOST // 2)))
