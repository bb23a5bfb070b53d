"""Samplers that read any table: what comes before and after imbalanced-learn's ``fit_resample``."""

from typing import Any

import numpy as np

from steelyard.kit.ensembles.columns import check_no_label_missing
from steelyard.kit.resampling.tables import Table


class ReadsAnyTable:
    """Stands before a sampler of imbalanced-learn; what that one reads by itself is left to it.

    A sampler that chooses rows hands out the given ones; one that appends rows (it has
    ``sample_is_synthetic_``) hands out the given ones and synthetic ones of the same types.
    """

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        """Resample.

        Parameters
        ----------
        X : (N, D) array, sparse table or pandas or polars frame; gaps and categories, see `tables`
        y : (N,) labels of any kind

        Raises
        ------
        ValueError
            A column of dates, a missing label; the message names it and the mend.
        """
        check_no_label_missing(y)
        table = Table.of(X)
        labels = y.to_numpy() if _is_polars(y) else y
        if table is None:
            new_X, new_y = self._resample(X, labels, **params)
        else:
            given_y = labels if hasattr(labels, "__len__") else list(labels)
            new_X, new_y = self._resample_table(table, given_y, **params)
            self.n_features_in_ = table.matrix.shape[1]
            if table.columns is not None:
                self.feature_names_in_ = np.array(table.columns.names, dtype=object)
        if _is_polars(y):
            new_y = type(y)(y.name, new_y.tolist(), dtype=y.dtype)
        return new_X, new_y

    def _resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        answer: tuple[Any, Any] = super().fit_resample(X, y, **params)  # type: ignore[misc]
        return answer

    def _resample_table(self, table: Table, y: Any, **params: Any) -> tuple[Any, Any]:
        Z, new_y = self._resample(table.as_numbers(), y, **params)
        if hasattr(self, "sample_is_synthetic_"):
            made = table.from_numbers(np.asarray(Z)[self.sample_is_synthetic_])
            return table.followed_by(made), new_y
        return table.take(np.asarray(self.sample_indices_)), new_y  # type: ignore[attr-defined]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.allow_nan = True
        return tags


def _is_polars(y: Any) -> bool:
    return type(y).__module__.startswith("polars")
