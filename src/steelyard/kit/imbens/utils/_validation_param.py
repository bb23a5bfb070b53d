"""The two schedules as functions, which a script may call to show what they do."""

from collections.abc import Mapping
from math import ceil
from typing import Any

Counts = Mapping[Any, int]


def _uniform_schedule(
    origin_distr: Counts, target_distr: Counts, i_estimator: int, total_estimator: int
) -> Counts:
    return target_distr


def _progressive_schedule(
    origin_distr: Counts, target_distr: Counts, i_estimator: int, total_estimator: int
) -> dict[Any, int]:
    """Rows a class for one member, on a straight line from the data to the target.

    >>> _progressive_schedule({0: 10, 1: 100}, {0: 10, 1: 10}, 1, 3)
    {0: 10, 1: 55}
    """
    if i_estimator >= total_estimator:
        raise ValueError(f"i_estimator must be below {total_estimator}, got {i_estimator!r}")
    way = 1.0 if total_estimator == 1 else i_estimator / (total_estimator - 1)
    return {
        label: ceil(n * (1 - way) + target_distr[label] * way - 1e-10)
        for label, n in origin_distr.items()
    }
