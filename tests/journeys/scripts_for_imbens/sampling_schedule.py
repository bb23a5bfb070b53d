"""Schedules of re-balancing, of the library's and of one's own, under and over."""

import math
from collections import Counter

import imbens
import matplotlib.pyplot as plt
from imbens.ensemble.base import sort_dict_by_key
from imbens.utils._plot import set_ax_border
from imbens.utils._validation_param import _progressive_schedule
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

init_kwargs = {"n_estimators": 5, "random_state": 42}
fit_kwargs = {"train_verbose": {"granularity": 1, "print_metrics": False}}

X, y = make_classification(
    n_classes=3,
    class_sep=2,
    weights=[0.1, 0.3, 0.6],
    n_informative=3,
    n_redundant=1,
    flip_y=0,
    n_features=20,
    n_clusters_per_class=2,
    n_samples=2000,
    random_state=0,
)
X_train, X_valid, y_train, y_valid = train_test_split(
    X, y, test_size=0.5, stratify=y, random_state=42
)
print(f"data {sort_dict_by_key(Counter(y_train))}")


def as_it_is(origin_distr: dict, target_distr: dict, i_estimator: int, total_estimator: int):
    """No re-balancing at all."""
    return origin_distr


def straight(origin_distr: dict, target_distr: dict, i_estimator: int, total_estimator: int):
    """From the data to the target in equal steps."""
    p = i_estimator / (total_estimator - 1) if total_estimator >= 1 else 1
    return {
        label: math.ceil(n * (1 - p) + target_distr[label] * p - 1e-10)
        for label, n in origin_distr.items()
    }


trained = {}
for kind in ("SelfPacedEnsembleClassifier", "SMOTEBoostClassifier"):
    clf = trained[kind] = getattr(imbens.ensemble, kind)(**init_kwargs)
    for schedule in ("uniform", "progressive", as_it_is, straight):
        print(f"{kind} {getattr(schedule, '__name__', schedule)}")
        clf.fit(X_train, y_train, balancing_schedule=schedule, **fit_kwargs)

fig, axes = plt.subplots(2, 3, figsize=(9, 5))
origin = sort_dict_by_key(Counter(y_train))
for clf, row in zip(trained.values(), axes):
    for ax, i in zip(row, (0, 4, 9)):
        distr = _progressive_schedule(origin, clf.target_distr_, i, 10)
        set_ax_border(ax).bar(list(distr), list(distr.values()))
        ax.set(ylim=(0, 630), title=f"member {i + 1} of 10")
print(f"targets {[clf.target_distr_ for clf in trained.values()]}")
