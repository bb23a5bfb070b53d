"""Samplers in a pipeline, and the metrics that imbalanced data need."""

from collections import Counter

from imbens.datasets import generate_imbalance_data
from imbens.metrics import (
    classification_report_imbalanced,
    geometric_mean_score,
    make_index_balanced_accuracy,
    sensitivity_specificity_support,
)
from imbens.pipeline import make_pipeline
from imbens.sampler import over_sampling as os
from imbens.sampler import under_sampling as us
from imbens.utils import evaluate_print
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier

X_train, X_test, y_train, y_test = generate_imbalance_data(
    n_samples=1000,
    weights=[0.7, 0.2, 0.1],
    test_size=0.5,
    random_state=0,
    kwargs={"n_informative": 3},
)
print("train", Counter(y_train))

model = make_pipeline(
    PCA(n_components=2),
    us.EditedNearestNeighbours(),
    os.SMOTE(random_state=0),
    KNeighborsClassifier(n_neighbors=1),
)
model.fit(X_train, y_train)
y_pred = model.predict(X_test)

print(classification_report_imbalanced(y_test, y_pred))
print("geometric mean", geometric_mean_score(y_test, y_pred))
print("of classes", sensitivity_specificity_support(y_test, y_pred))
for alpha in (0.1, 0.5):
    iba = make_index_balanced_accuracy(alpha=alpha, squared=True)(geometric_mean_score)
    print(alpha, iba(y_test, y_pred))
evaluate_print(y_test, y_pred, "nearest neighbour")
