"""What to balance to: a class, a number, a number for each class."""

from collections import Counter

import imbens
from imbens.ensemble.base import sort_dict_by_key
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

init_kwargs = {"n_estimators": 1, "random_state": 42}
fit_kwargs = {"train_verbose": {"print_metrics": False}}

X, y = make_classification(
    n_classes=3,
    n_samples=2000,
    class_sep=2,
    weights=[0.1, 0.3, 0.6],
    n_informative=3,
    n_redundant=1,
    flip_y=0,
    n_features=20,
    n_clusters_per_class=2,
    random_state=42,
)
X_train, X_valid, y_train, y_valid = train_test_split(
    X, y, test_size=0.5, stratify=y, random_state=42
)
print(f"data {sort_dict_by_key(Counter(y_train))}")

spe_clf = imbens.ensemble.SelfPacedEnsembleClassifier(**init_kwargs)
smoteboost_clf = imbens.ensemble.SMOTEBoostClassifier(**init_kwargs)
for clf, number, numbers in (
    (spe_clf, 200, {0: 80, 1: 200, 2: 400}),
    (smoteboost_clf, 400, {0: 200, 1: 400, 2: 600}),
):
    for target in ({}, {"target_label": 1}, {"n_target_samples": number}):
        clf.fit(X_train, y_train, **target, **fit_kwargs)
        print(clf.__name__, target, clf.origin_distr_, clf.target_distr_)
    clf.fit(X_train, y_train, n_target_samples=numbers, **fit_kwargs)
    print(clf.__name__, numbers, clf.origin_distr_, clf.target_distr_)
