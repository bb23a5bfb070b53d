"""Tables for the tests of ensembles: small, imbalanced, learnable."""

import numpy as np
from sklearn.datasets import make_classification

import steelyard.kit.ensembles as ensembles

NAMES = ensembles.__all__
BOOSTERS = [name for name in NAMES if "Boost" in name or name == "AdaCostClassifier"]
COST_BOOSTERS = ["AdaCostClassifier", "AdaUBoostClassifier", "AsymBoostClassifier"]
UNDER = [
    "BalanceCascadeClassifier",
    "BalancedRandomForestClassifier",
    "EasyEnsembleClassifier",
    "RUSBoostClassifier",
    "SelfPacedEnsembleClassifier",
    "UnderBaggingClassifier",
]


def two_classes(rows=2000, share=0.06, seed=0, flip=0.0):
    """Train and test halves: X, y, X_test, y_test."""
    X, y = make_classification(
        2 * rows,
        8,
        n_informative=5,
        n_redundant=1,
        n_clusters_per_class=3,
        weights=[1 - share],
        flip_y=flip,
        class_sep=1.3,
        random_state=seed,
    )
    return X[:rows], y[:rows], X[rows:], y[rows:]


def three_classes(rows=1200, seed=0):
    """Counts about 85 : 10 : 5 percent."""
    X, y = make_classification(
        rows,
        6,
        n_informative=5,
        n_redundant=0,
        n_classes=3,
        n_clusters_per_class=1,
        weights=[0.85, 0.1],
        flip_y=0,
        class_sep=1.5,
        random_state=seed,
    )
    return X, y


def made(name, members=10, **settings):
    """An ensemble with few members and a seed."""
    if name == "EasyEnsembleClassifier":
        settings.setdefault("n_boosting_rounds", 4)
        members = min(members, 5)
    return getattr(ensembles, name)(n_estimators=members, random_state=0, **settings)


def average_precision(model, X, y):
    from sklearn.metrics import average_precision_score

    return average_precision_score(y, model.predict_proba(X)[:, 1])


def gaps(X, share=0.1, seed=0):
    """The table with a share of its values missing."""
    holed = X.copy()
    holed[np.random.default_rng(seed).random(X.shape) < share] = np.nan
    return holed
