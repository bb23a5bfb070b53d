"""imbalanced-learn's over-samplers, which say afterwards which rows they made up."""

from typing import Any

import numpy as np
from imblearn import over_sampling
from numpy.typing import NDArray


class SaysWhichAreSynthetic:
    """Adds ``sample_is_synthetic_ (M,)`` to an over-sampler that appends its rows to the given."""

    sample_is_synthetic_: NDArray[np.bool_]

    def _fit_resample(self, X: Any, y: NDArray[Any], **params: Any) -> tuple[Any, Any]:
        new_X, new_y = super()._fit_resample(X, y, **params)  # type: ignore[misc]
        self.sample_is_synthetic_ = np.arange(new_y.shape[0]) >= y.shape[0]
        return new_X, new_y


class SMOTE(SaysWhichAreSynthetic, over_sampling.SMOTE):  # type: ignore[misc]
    """imbalanced-learn's ``SMOTE`` with ``sample_is_synthetic_``.

    >>> sampler = SMOTE(k_neighbors=1, random_state=0)
    >>> _ = sampler.fit_resample([[0.0], [1.0], [2.0], [3.0], [4.0]], [1, 1, 0, 0, 0])
    >>> sampler.sample_is_synthetic_
    array([False, False, False, False, False,  True])
    """


class SMOTENC(SaysWhichAreSynthetic, over_sampling.SMOTENC):  # type: ignore[misc]
    """imbalanced-learn's ``SMOTENC`` with ``sample_is_synthetic_``."""


class BorderlineSMOTE(SaysWhichAreSynthetic, over_sampling.BorderlineSMOTE):  # type: ignore[misc]
    """imbalanced-learn's ``BorderlineSMOTE`` with ``sample_is_synthetic_``."""


class ADASYN(SaysWhichAreSynthetic, over_sampling.ADASYN):  # type: ignore[misc]
    """imbalanced-learn's ``ADASYN`` with ``sample_is_synthetic_``."""
