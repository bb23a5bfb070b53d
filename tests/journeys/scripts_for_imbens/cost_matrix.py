"""The cost matrices of cost-sensitive ensembles: by word and by number."""

import imbens
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

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

adacost_clf = imbens.ensemble.AdaCostClassifier(n_estimators=5, random_state=42)
my_cost_matrix = [
    [1, 1, 1],
    [2, 1, 1],
    [5, 2, 1],
]
cost_matrices, probas = {}, []
for title, cost in (
    ("inverse", None),
    ("log1p-inverse", "log1p-inverse"),
    ("uniform", "uniform"),
    ("my own", my_cost_matrix),
):
    chosen = {} if cost is None else {"cost_matrix": cost}
    adacost_clf.fit(X_train, y_train, **chosen)
    cost_matrices[title] = adacost_clf.cost_matrix_
    probas.append(adacost_clf.predict_proba(X_valid))
    print(title, np.round(adacost_clf.cost_matrix_, 2).tolist())
assert not np.allclose(probas[0], probas[2])

fig, axes = plt.subplots(1, 4, figsize=(20, 4))
for ax, (title, cost) in zip(axes, cost_matrices.items()):
    ax.imshow(cost, cmap="YlOrRd", vmax=6)
    ax.set(xlabel="Ground Truth", ylabel="Predicted Label", title=title)
