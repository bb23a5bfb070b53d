"""One-sided selection: the rows that one-nearest-neighbour needs, less the Tomek links.

Kubat and Matwin, Addressing the Curse of Imbalanced Training Sets: One-Sided Selection, ICML 1997.
"""

from typing import Any

import numpy as np
from imblearn import under_sampling
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import check_random_state

from steelyard.kit.resampling.any_table import ReadsAnyTable
from steelyard.kit.resampling.tomek_links import TomekLinks
from steelyard.kit.resampling.worthwhile import worthwhile


class OneSidedSelection(ReadsAnyTable, under_sampling.OneSidedSelection):  # type: ignore[misc]
    """imbalanced-learn's ``OneSidedSelection`` with our `TomekLinks` as its second half."""

    def _fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, Any]:
        if not worthwhile(X, n_neighbors=2):
            return super()._fit_resample(X, y)  # type: ignore[no-any-return]
        rng, classifier = check_random_state(self.random_state), self._validate_estimator()
        classes, first, counts = np.unique(y, return_index=True, return_counts=True)
        # of equally rare classes the one met first, as a Counter has it
        rare = np.flatnonzero(y == classes[np.lexsort([first, counts])[0]])
        self.estimators_: list[Any] = []
        selected = []
        for label in classes:
            of_class = np.flatnonzero(y == label)
            if label not in self.sampling_strategy_:
                selected.append(of_class)
                continue
            seeds = rng.randint(low=0, high=of_class.size, size=self.n_seeds_S)
            store = np.append(rare, of_class[seeds])
            rest = np.delete(of_class, seeds)
            self.estimators_.append(clone(classifier).fit(X[store], y[store]))
            missed = self.estimators_[-1].predict(X[rest]) != label
            selected += [of_class[seeds], rest[missed]]
        rows = np.concatenate(selected)
        links = TomekLinks(sampling_strategy=list(self.sampling_strategy_))
        cleaned = links.fit_resample(X[rows], y[rows])
        self.sample_indices_ = rows[links.sample_indices_]
        return cleaned
