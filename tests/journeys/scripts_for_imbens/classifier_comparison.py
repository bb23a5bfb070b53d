"""Decision regions of every ensemble on three small sets of two columns."""

import imbens
import matplotlib.pyplot as plt
import numpy as np
import sklearn
from imbens.datasets import make_imbalance
from imbens.ensemble._over_sampling.__init__ import __all__ as over
from imbens.ensemble._reweighting.__init__ import __all__ as reweighting
from imbens.ensemble._under_sampling.__init__ import __all__ as under
from imbens.utils.testing import all_estimators
from matplotlib.colors import ListedColormap
from sklearn.datasets import make_circles, make_classification, make_moons
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

RANDOM_STATE = 42
distribution = {0: 100, 1: 50}

moons = make_moons(200, noise=0.2, random_state=RANDOM_STATE)
circles = make_circles(200, noise=0.2, factor=0.5, random_state=RANDOM_STATE)
X, y = make_classification(
    200, n_features=2, n_redundant=0, n_informative=2, random_state=1, n_clusters_per_class=1
)
X += 2 * np.random.RandomState(RANDOM_STATE).uniform(size=X.shape)
datasets = [
    make_imbalance(*pair, sampling_strategy=distribution, random_state=RANDOM_STATE)
    for pair in (moons, circles, (X, y))
]

init_kwargs = {"n_estimators": 5, "random_state": RANDOM_STATE}
all_ensembles_clf = {name: kind(**init_kwargs) for name, kind in all_estimators("ensemble")}
assert len(all_ensembles_clf) == 16
cm_bright = ListedColormap(["#FF0000", "#0000FF"])

for names in (under, over, reweighting):
    figure = plt.figure(figsize=(len(names) * 3, 9))
    for row, (X, y) in enumerate(datasets):
        X = StandardScaler().fit_transform(X)
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=42)
        xx, yy = np.meshgrid(np.arange(-2.5, 2.5, 0.1), np.arange(-2.5, 2.5, 0.1))
        for column, name in enumerate(names):
            clf = all_ensembles_clf[name]
            clf.fit(X_train, y_train)
            score = sklearn.metrics.average_precision_score(y_test, clf.predict(X_test))
            print(f"{name} {row} {score:.2f}")
            ax = plt.subplot(3, len(names), row * len(names) + column + 1)
            grid = np.c_[xx.ravel(), yy.ravel()]
            if hasattr(clf, "decision_function"):
                Z = clf.decision_function(grid)
            else:
                Z = clf.predict_proba(grid)[:, 1]
            ax.contourf(xx, yy, Z.reshape(xx.shape), cmap=plt.cm.RdBu, alpha=0.8)
            ax.scatter(X_train[:, 0], X_train[:, 1], c=y_train, cmap=cm_bright, edgecolors="k")
    plt.tight_layout()
plt.show()

for kind in (
    imbens.ensemble.CompatibleAdaBoostClassifier,
    imbens.ensemble.CompatibleBaggingClassifier,
):
    clf = kind(n_estimators=5).fit(X_train, y_train, eval_datasets={"test": (X_test, y_test)})
    print(clf.__name__, clf.evals_result_["test"]["balanced_acc"][-1])
