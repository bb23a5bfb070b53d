"""The two under-samplers by hardness, which hand out what the old ones did."""

from typing import Any

import numpy as np

from steelyard.kit.resampling import hard_rows


class SelfPacedUnderSampler(hard_rows.SelfPacedUnderSampler):
    """`steelyard.kit.resampling.SelfPacedUnderSampler`; weights are resampled along."""

    def fit_resample(self, X: Any, y: Any, *, sample_weight: Any = None, **params: Any) -> Any:
        """``X, y`` and, where there are weights ``(N,)``, those of the rows chosen."""
        check_one_a_row(sample_weight, y)
        new = super().fit_resample(X, y, **params)
        return (*new, *_of_rows(sample_weight, self.sample_indices_))


class BalanceCascadeUnderSampler(hard_rows.BalanceCascadeUnderSampler):
    """`steelyard.kit.resampling.BalanceCascadeUnderSampler`; the mask is handed out too."""

    def fit_resample(self, X: Any, y: Any, *, sample_weight: Any = None, **params: Any) -> Any:
        """``X, y``, the weights of the rows chosen if given, and the rows dropped ``(N,)``."""
        check_one_a_row(sample_weight, y)
        new = super().fit_resample(X, y, **params)
        return (*new, *_of_rows(sample_weight, self.sample_indices_), self.dropped_index_)


def check_one_a_row(sample_weight: Any, y: Any) -> None:
    """ValueError for weights that are not as many as ``y``."""
    if sample_weight is not None and np.shape(sample_weight) != (len(y),):
        raise ValueError(
            f"sample_weight must be {len(y)} numbers, one a row, got shape "
            f"{np.shape(sample_weight)}"
        )


def _of_rows(sample_weight: Any, rows: Any) -> tuple[Any, ...]:
    return () if sample_weight is None else (np.asarray(sample_weight, dtype=np.float64)[rows],)
