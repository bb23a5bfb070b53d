"""Tables and toy environments for the tests of MESA."""

import numpy as np
from sklearn.datasets import make_classification


def two_classes(rows=2000, share=0.06, seed=0, flip=0.0, columns=8):
    """Train and test halves: X, y, X_test, y_test; class 1 is rare."""
    X, y = make_classification(
        2 * rows,
        columns,
        n_informative=5,
        n_redundant=1,
        n_clusters_per_class=3,
        weights=[1 - share],
        flip_y=flip,
        class_sep=1.3,
        random_state=seed,
    )
    return X[:rows], y[:rows], X[rows:], y[rows:]


class Peak:
    """The state is one of two, and each has a best action: .2 and .8. Four steps an episode."""

    def __init__(self, seed):
        self._rng = np.random.default_rng(seed)

    def reset(self):
        self._taken = 0
        return self._next_state()

    def step(self, action):
        reward = -abs(action - (0.2, 0.8)[self._which])
        self._taken += 1
        return self._next_state(), reward, self._taken >= 4

    def _next_state(self):
        self._which = int(self._rng.integers(2))
        return np.eye(2)[self._which]


class Later:
    """The first of two actions is best at .8, but only the second step pays for it."""

    def reset(self):
        self._first = None
        return np.zeros(2)

    def step(self, action):
        if self._first is None:
            self._first = action
            return np.array([1.0, action]), 0.0, False
        return np.zeros(2), -abs(self._first - 0.8), True
