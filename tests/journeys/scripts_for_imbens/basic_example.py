"""Train and predict with an ensemble: the data drawn, other bases, other sizes, the log."""

from collections import Counter

import imbens
import matplotlib.pyplot as plt
import sklearn
from imbens.ensemble.base import sort_dict_by_key
from imbens.utils._plot import plot_2Dprojection_and_cardinality
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

RANDOM_STATE = 42

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
    random_state=RANDOM_STATE,
)
X_train, X_valid, y_train, y_valid = train_test_split(
    X, y, test_size=0.5, stratify=y, random_state=RANDOM_STATE
)

fig = plot_2Dprojection_and_cardinality(X_train, y_train, figsize=(8, 4))
plt.show()
print(f"train {sort_dict_by_key(Counter(y_train))}")

clf = imbens.ensemble.SelfPacedEnsembleClassifier(random_state=RANDOM_STATE)
clf.fit(X_train, y_train)
y_pred_proba = clf.predict_proba(X_valid)
score = sklearn.metrics.balanced_accuracy_score(y_valid, clf.predict(X_valid))
print(f"SPE: {clf.n_estimators} of {clf.estimator_}")
print(f"valid balanced accuracy {score:.3f}")

SPE = imbens.ensemble.SelfPacedEnsembleClassifier
clf = SPE(n_estimators=5, random_state=RANDOM_STATE).fit(X_train, y_train)
print(f"SPE: {clf.n_estimators} of {clf.base_estimator_}")

for name in ("estimator", "base_estimator"):
    base = {name: SVC(probability=True)}
    clf = SPE(n_estimators=5, random_state=RANDOM_STATE, **base).fit(X_train, y_train)
    score = sklearn.metrics.balanced_accuracy_score(y_valid, clf.predict(X_valid))
    print(f"SVC as {name}: {score:.3f}, {clf.estimator_}")

SPE(random_state=RANDOM_STATE).fit(X_train, y_train, train_verbose=True)
