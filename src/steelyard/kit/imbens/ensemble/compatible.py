"""Bagging and AdaBoost as they are, but watched while they train."""

from collections import Counter
from typing import Any, Self

import numpy as np

from steelyard.kit import ensembles
from steelyard.kit.imbens.ensemble.families import Bagged, Boosted

__all__ = ["CompatibleAdaBoostClassifier", "CompatibleBaggingClassifier"]


class CompatibleAdaBoostClassifier(Boosted, ensembles.AsymBoostClassifier):
    """AdaBoost: a boosting that reads costs, when every mistake costs the same."""

    def fit(self, X: Any, y: Any, *args: Any, **settings: Any) -> Self:
        """As `OldManners.fit`."""
        super().fit(X, y, *args, cost_matrix="uniform", **settings)
        return self


class CompatibleBaggingClassifier(Bagged, ensembles.UnderBaggingClassifier):
    """Bagging: a bootstrap a member, drawn class by class so that no class is left out.

    Nothing is balanced: each class has as many rows as in the data.
    """

    replacement: bool = True

    def fit(self, X: Any, y: Any, *args: Any, **settings: Any) -> Self:
        """As `OldManners.fit`."""
        own = dict(Counter(np.asarray(y).tolist()))
        super().fit(X, y, *args, n_target_samples=own, **settings)
        return self
