"""A classifier without probabilities as one that is sure of its decision."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter

from steelyard.kit.metrics.arrays import FloatArray


class Decided(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Probability 1 for the class that ``estimator`` decides for: its votes are counted.

    >>> from sklearn.svm import LinearSVC
    >>> Decided(LinearSVC()).fit([[0.0], [1.0]], [0, 1]).predict_proba([[0.1], [2.0]])
    array([[1., 0.],
           [0., 1.]])
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit a copy of the classifier, which must take weights if any are given."""
        weights = sample_weight is not None and has_fit_parameter(self.estimator, "sample_weight")
        settings = {"sample_weight": sample_weight} if weights else {}
        self.fitted_ = clone(self.estimator).fit(X, y, **settings)
        self.classes_ = self.fitted_.classes_
        return self

    def predict_proba(self, X: Any) -> FloatArray:
        """``(N, K)`` of zeros and ones."""
        decided = np.asarray(self.fitted_.predict(X))
        return np.asarray(decided[:, None] == self.classes_, dtype=np.float64)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags
