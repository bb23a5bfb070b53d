"""imbalanced-learn's over-samplers, which say afterwards which rows they made up."""

from typing import Any

import numpy as np
from imblearn import over_sampling
from numpy.typing import NDArray

from steelyard.kit.resampling.any_table import ReadsAnyTable
from steelyard.kit.resampling.tables import Table


class SaysWhichAreSynthetic:
    """Adds ``sample_is_synthetic_ (M,)`` to an over-sampler that appends its rows to the given."""

    sample_is_synthetic_: NDArray[np.bool_]

    def _fit_resample(self, X: Any, y: NDArray[Any], **params: Any) -> tuple[Any, Any]:
        new_X, new_y = super()._fit_resample(X, y, **params)  # type: ignore[misc]
        self.sample_is_synthetic_ = np.arange(new_y.shape[0]) >= y.shape[0]
        return new_X, new_y


class SMOTE(ReadsAnyTable, SaysWhichAreSynthetic, over_sampling.SMOTE):  # type: ignore[misc]
    """imbalanced-learn's ``SMOTE`` with ``sample_is_synthetic_``.

    >>> sampler = SMOTE(k_neighbors=1, random_state=0)
    >>> _ = sampler.fit_resample([[0.0], [1.0], [2.0], [3.0], [4.0]], [1, 1, 0, 0, 0])
    >>> sampler.sample_is_synthetic_
    array([False, False, False, False, False,  True])
    """


class SMOTENC(ReadsAnyTable, SaysWhichAreSynthetic, over_sampling.SMOTENC):  # type: ignore[misc]
    """imbalanced-learn's ``SMOTENC`` with ``sample_is_synthetic_``.

    Text columns are categories too and must be among ``categorical_features``.
    """

    def _resample_table(self, table: Table, y: Any, **params: Any) -> tuple[Any, Any]:
        import pandas as pd  # type: ignore[import-untyped]

        names = list(table.columns.names) if table.columns else list(range(table.matrix.shape[1]))
        chosen = self._chosen(names, table.categorical)
        if left_out := [n for n, c, t in zip(names, chosen, table.categorical) if t and not c]:
            raise ValueError(
                f"column {left_out[0]!r} holds categories and must be in categorical_features, "
                f"got {self.categorical_features!r}"
            )
        filled = np.where(np.isnan(table.filled()), -1.0, table.filled())
        frame = pd.DataFrame(filled, columns=[str(name) for name in names])
        frame = frame.astype({str(n): "category" for n, c in zip(names, chosen) if c})
        new_X, new_y = self._resample(frame, y, **params)
        made = new_X.astype(np.float64).to_numpy()[self.sample_is_synthetic_]
        made[:, chosen] = np.where(made[:, chosen] < 0, np.nan, made[:, chosen])
        return table.followed_by(made), new_y

    def _chosen(self, names: list[Any], categorical: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """``(D,)`` the columns that ``categorical_features`` means."""
        asked = self.categorical_features
        if isinstance(asked, str):  # auto
            return categorical
        given = np.atleast_1d(np.asarray(asked))
        if given.dtype.kind == "b":
            return given
        wanted = {names[i] if given.dtype.kind in "iu" else i for i in given.tolist()}
        return np.array([name in wanted for name in names])


class BorderlineSMOTE(ReadsAnyTable, SaysWhichAreSynthetic, over_sampling.BorderlineSMOTE):  # type: ignore[misc]
    """imbalanced-learn's ``BorderlineSMOTE`` with ``sample_is_synthetic_``."""


class ADASYN(ReadsAnyTable, SaysWhichAreSynthetic, over_sampling.ADASYN):  # type: ignore[misc]
    """imbalanced-learn's ``ADASYN`` with ``sample_is_synthetic_``."""
