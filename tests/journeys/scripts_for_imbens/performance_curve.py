"""The visualizer's curves and confusion matrices, with every option of both."""

from time import time

import imbens
import matplotlib.pyplot as plt
import sklearn
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

init_kwargs = {"n_estimators": 50, "random_state": 42}
fit_kwargs = {"X": X_train, "y": y_train}
ensemble_dict = {
    "SPE": imbens.ensemble.SelfPacedEnsembleClassifier(**init_kwargs),
    "EasyEns": imbens.ensemble.EasyEnsembleClassifier(**init_kwargs),
    "BalanceForest": imbens.ensemble.BalancedRandomForestClassifier(**init_kwargs),
    "SMOTEBagging": imbens.ensemble.SMOTEBaggingClassifier(**init_kwargs),
}
fitted_ensembles = {}
for name, clf in ensemble_dict.items():
    start = time()
    clf.fit(**fit_kwargs)
    fitted_ensembles[name] = clf
    print(f"{clf.__name__} trained in {time() - start:.3f}s")

visualizer = imbens.visualizer.ImbalancedEnsembleVisualizer(
    eval_datasets={"training": (X_train, y_train), "validation": (X_valid, y_valid)},
    eval_metrics={
        "acc": (sklearn.metrics.accuracy_score, {}),
        "balanced_acc": (sklearn.metrics.balanced_accuracy_score, {}),
        "weighted_f1": (sklearn.metrics.f1_score, {"average": "weighted"}),
    },
)
visualizer.fit(ensembles=fitted_ensembles, granularity=5)
frame = visualizer.perf_dataframe_
print(frame.groupby(["method", "dataset", "metric"]).score.last())

some = {
    "on_ensembles": ["SPE", "EasyEns", "BalanceForest"],
    "on_metrics": ["balanced_acc", "weighted_f1"],
    "n_samples_as_x_axis": True,
}
fig, axes = visualizer.performance_lineplot()
assert axes.shape == (1, 3)
fig, axes = visualizer.performance_lineplot(n_samples_as_x_axis=True)
fig, axes = visualizer.performance_lineplot(on_datasets=["validation"], **some)
fig, axes = visualizer.performance_lineplot(
    on_datasets=["training", "validation"],
    sub_figsize=(3, 4),
    sup_title="My Suptitle",
    linewidth=3,
    markers=True,
    alpha=0.8,
    **some,
)
for split_by, rows in ((["dataset"], 2), (["method"], 3), (["method", "dataset"], 6)):
    fig, axes = visualizer.performance_lineplot(sub_figsize=(3, 2.3), split_by=split_by, **some)
    assert axes.shape == (rows, 2)

fig, axes = visualizer.confusion_matrix_heatmap()
assert axes.shape == (2, 4)
fig, axes = visualizer.confusion_matrix_heatmap(false_pred_only=True)
fig, axes = visualizer.confusion_matrix_heatmap(
    on_ensembles=["SPE", "BalanceForest"],
    on_datasets=["training", "validation"],
    sub_figsize=(4, 3.3),
    sup_title="My Suptitle",
    cmap="YlOrRd",
    cbar=True,
    linewidths=10,
    vmax=20,
)
for number in plt.get_fignums():
    plt.figure(number).canvas.draw()
print(visualizer.conf_matrices_["SPE"]["validation"])
