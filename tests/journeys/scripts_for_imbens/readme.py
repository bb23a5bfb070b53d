"""The README's quick start: fit, predict, look at it, and every way to ask for a log."""

from imbens.ensemble import (
    EasyEnsembleClassifier,
    RUSBoostClassifier,
    SelfPacedEnsembleClassifier,
)
from sklearn.datasets import make_classification
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

X, y = make_classification(
    n_samples=1000, n_classes=3, n_informative=4, weights=[0.2, 0.3, 0.5], random_state=0
)
X_train, X_valid, y_train, y_valid = train_test_split(X, y, test_size=0.2, random_state=42)

clf = SelfPacedEnsembleClassifier(random_state=0)
clf.fit(X_train, y_train)
y_pred = clf.predict(X_valid)
print("valid accuracy", accuracy_score(y_valid, y_pred))

from imbens.visualizer import ImbalancedEnsembleVisualizer  # noqa: E402

tree = {"estimator": DecisionTreeClassifier()}
ensembles = {
    "spe": SelfPacedEnsembleClassifier(**tree).fit(X_train, y_train),
    "rusboost": RUSBoostClassifier(**tree).fit(X_train, y_train),
    "easyens": EasyEnsembleClassifier(**tree).fit(X_train, y_train),
}
visualizer = ImbalancedEnsembleVisualizer().fit(ensembles=ensembles)
fig, axes = visualizer.performance_lineplot()
fig, axes = visualizer.confusion_matrix_heatmap()

print("log: auto")
clf.fit(X_train, y_train, train_verbose=True)
print("log: metrics alone")
quiet = {"granularity": 10, "print_distribution": False, "print_metrics": True}
clf.fit(X_train, y_train, train_verbose=quiet)
print("log: valid too")
clf.fit(X_train, y_train, eval_datasets={"valid": (X_valid, y_valid)}, train_verbose=quiet)
print("log: own metrics")
clf.fit(
    X_train,
    y_train,
    eval_datasets={"valid": (X_valid, y_valid)},
    eval_metrics={
        "acc": (accuracy_score, {}),
        "weighted_f1": (f1_score, {"average": "weighted"}),
    },
    train_verbose=quiet,
)
