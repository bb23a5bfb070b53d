"""The two under-samplers by hardness, which hand out what the old ones did."""

from typing import Any

import numpy as np

from steelyard.kit.resampling import hard_rows


class SelfPacedUnderSampler(hard_rows.SelfPacedUnderSampler):
    """`steelyard.kit.resampling.SelfPacedUnderSampler`; weights are resampled along."""

    def fit_resample(self, X: Any, y: Any, *, sample_weight: Any = None, **params: Any) -> Any:
        """``X, y`` and, where there are weights ``(N,)``, those of the rows chosen."""
        new = super().fit_resample(X, y, **params)
        return (*new, *_of_rows(sample_weight, self.sample_indices_))


class BalanceCascadeUnderSampler(hard_rows.BalanceCascadeUnderSampler):
    """`steelyard.kit.resampling.BalanceCascadeUnderSampler`; the mask is handed out too."""

    def fit_resample(self, X: Any, y: Any, *, sample_weight: Any = None, **params: Any) -> Any:
        """``X, y``, the weights of the rows chosen if given, and the rows dropped ``(N,)``."""
        new = super().fit_resample(X, y, **params)
        return (*new, *_of_rows(sample_weight, self.sample_indices_), self.dropped_index_)


def _of_rows(sample_weight: Any, rows: Any) -> tuple[Any, ...]:
    return () if sample_weight is None else (np.asarray(sample_weight, dtype=np.float64)[rows],)
