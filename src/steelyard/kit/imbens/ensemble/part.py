"""Members that see only a part of the rows or columns: ``max_samples``, ``max_features``."""

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.validation import has_fit_parameter

from steelyard.kit.metrics.arrays import FloatArray, IntArray


class RandomPart(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fits ``estimator`` on a random part of what it is given.

    Of each class the share of rows stays the same, so that a balanced sample stays balanced.
    Without any of these the member sees its balanced sample as it is: a bootstrap within it, which
    the old library always drew, only makes it smaller.

    Parameters
    ----------
    max_samples, max_features : a number of rows or columns, or a share of them
    bootstrap, bootstrap_features : draw with replacement
    """

    whole: ClassVar[dict[str, Any]] = {
        "max_samples": 1.0,
        "max_features": 1.0,
        "bootstrap": True,
        "bootstrap_features": False,
    }

    def __init__(
        self,
        estimator: Any,
        max_samples: float = 1.0,
        max_features: float = 1.0,
        bootstrap: bool = True,
        bootstrap_features: bool = False,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.max_samples = max_samples
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.bootstrap_features = bootstrap_features
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Draw rows and columns, then fit a copy of the learner.

        Raises
        ------
        ValueError
            A number below 1 or above what is there, a share outside (0, 1].
        """
        rng = check_random_state(self.random_state)
        columns = _number(self.max_features, X.shape[1], "max_features")
        many = _number(self.max_samples, len(y), "max_samples") / len(y)
        self.columns_ = np.sort(rng.choice(X.shape[1], columns, replace=self.bootstrap_features))
        self.classes_, numbers = np.unique(y, return_inverse=True)
        rows = np.sort(
            np.concatenate([self._of(numbers == k, many, rng) for k in np.unique(numbers)])
        )
        if many == 1 and not self.bootstrap:
            rows = np.arange(len(y))
        weights = sample_weight is not None and has_fit_parameter(self.estimator, "sample_weight")
        settings = {"sample_weight": sample_weight[rows]} if weights else {}
        self.fitted_ = clone(self.estimator).fit(X[rows][:, self.columns_], y[rows], **settings)
        return self

    def _of(self, chosen: Any, share: float, rng: Any) -> IntArray:
        rows = np.flatnonzero(chosen)
        return np.asarray(rng.choice(rows, max(1, round(share * len(rows))), self.bootstrap))

    def predict_proba(self, X: Any) -> FloatArray:
        """``(N, K)`` of the learner, from its own columns."""
        return np.asarray(self.fitted_.predict_proba(X[:, self.columns_]))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags


def _number(asked: float, there: int, name: str) -> int:
    if isinstance(asked, (int, np.integer)) and not isinstance(asked, bool):
        if 1 <= asked <= there:
            return int(asked)
    elif 0 < asked <= 1:
        return max(1, int(asked * there))
    raise ValueError(f"{name} must be 1 to {there} or a share in (0, 1], got {asked!r}")
