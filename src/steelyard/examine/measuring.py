"""Data and the base's out-of-fold predictions -> Exam."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.core.data import Data
from steelyard.core.exam import Exam
from steelyard.engine.crossfit import OutOfFold
from steelyard.examine.straight_lines import straight_lines


def measure(
    data: Data,
    work: NDArray[np.int64],
    test: NDArray[np.int64],
    *,
    goal: str,
    prior: NDArray[np.float64] | None,
    base: Sequence[OutOfFold],
    folds: NDArray[np.int64] | None,
    model: str,
    look_at_rows: bool = True,
) -> Exam:
    """Collect the facts: ``base`` holds what finished, one out-of-fold run a seed, maybe none.

    Without ``look_at_rows`` only what is counted already is told, at once.
    """
    return Exam(
        kind=data.kind,
        classes=data.classes,
        target=data.target[work],
        goal=goal,
        prior=prior,
        proba=np.stack([run.proba for run in base]) if base else None,
        fold=folds,
        curves=tuple(curve for run in base for curve in run.curves),
        columns=data.columns,
        duplicates=data.duplicates,
        splits=data.split_labels or _label_counts(data, work, test),
        test_counts=data.counts(test),
        n_features=int(data.X.shape[1]) if data.kind != "images" else 0,
        model=model,
        lines=straight_lines(data) if look_at_rows else None,
        weighted_proba=None if data.weighted_proba is None else data.weighted_proba[None, work],
    )


def _label_counts(
    data: Data, work: NDArray[np.int64], test: NDArray[np.int64]
) -> Mapping[str, Mapping[str, int]]:
    by_split = {"train": data.counts(work), "test": data.counts(test)}
    return {
        split: {name: int(n) for name, n in zip(data.classes, counts) if n}
        for split, counts in by_split.items()
    }
