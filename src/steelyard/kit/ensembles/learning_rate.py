"""The learning rate of every boosting here: what each vote is multiplied by."""

from numbers import Real
from typing import Any

import numpy as np


def check_learning_rate(given: Any) -> None:
    """ValueError for a ``learning_rate`` that is no finite number above 0."""
    if not isinstance(given, Real) or not 0 < float(given) < np.inf:
        raise ValueError(f"learning_rate must be a finite number above 0, got {given!r}")
