"""The numbers behind the pictures: against scikit-learn, against the whole ensemble, by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, RandomForestClassifier
from sklearn.metrics import balanced_accuracy_score, recall_score, roc_auc_score
from sklearn.svm import SVC

from steelyard.kit.ensembles import (
    AdaCostClassifier,
    OverBoostClassifier,
    RUSBoostClassifier,
    SelfPacedEnsembleClassifier,
    SMOTEBaggingClassifier,
    UnderBaggingClassifier,
)
from steelyard.kit.pictures import (
    class_counts_by_member,
    decision_grid,
    scores_over_members,
    staged_proba,
)


def table(classes=3, rows=600):
    X, y = make_classification(
        rows, 6, n_informative=4, n_redundant=0, n_classes=classes, n_clusters_per_class=1,
        weights=[0.8, 0.2] if classes == 2 else [0.7, 0.2], flip_y=0.05, random_state=0,
    )  # fmt: skip
    return X[::2], np.array(["z", "m", "a"])[y][::2], X[1::2], np.array(["z", "m", "a"])[y][1::2]


MODELS = [
    SelfPacedEnsembleClassifier(n_estimators=4, random_state=0),
    RUSBoostClassifier(n_estimators=4, random_state=0),
    AdaCostClassifier(n_estimators=4, random_state=0, prior="train"),
    RandomForestClassifier(4, random_state=0),
    BaggingClassifier(n_estimators=4, max_features=0.5, random_state=0),
    AdaBoostClassifier(n_estimators=4, random_state=0),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_the_last_stage_is_the_ensemble_and_the_first_its_first_member(model):
    X, y, X_test, _ = table()
    model.fit(X, y)
    stages = list(staged_proba(model, X_test))
    assert len(stages) == len(model.estimators_)
    np.testing.assert_allclose(stages[-1], model.predict_proba(X_test))
    if isinstance(model, SelfPacedEnsembleClassifier):
        alone = SelfPacedEnsembleClassifier(n_estimators=1, random_state=0).fit(X, y)
        assert len(list(staged_proba(alone, X_test))) == 1
        half = sum(next(staged_proba(_only(model, i), X_test)) for i in (0, 1)) / 2
        np.testing.assert_allclose(stages[1], half)


def _only(model, i):
    from copy import copy

    one = copy(model)
    one.estimators_, one.estimator_weights_ = [model.estimators_[i]], np.ones(1)
    return one


def test_each_member_predicts_once(monkeypatch):
    X, y, X_test, y_test = table(2)
    model = UnderBaggingClassifier("boosting", n_estimators=6, random_state=0).fit(X, y)
    asked = []
    for member in model.estimators_:
        own = member.predict_proba
        monkeypatch.setattr(member, "predict_proba", lambda X, own=own: asked.append(1) or own(X))
    scores_over_members(model, X_test, y_test, per_class="recall")
    assert len(asked) == 6


def test_scores_are_those_of_scikit_learn():
    X, y, X_test, y_test = table()
    model = RUSBoostClassifier(n_estimators=5, random_state=0).fit(X, y)
    curves = scores_over_members(
        {"boost": model},
        X_test,
        y_test,
        metrics={
            "ba": balanced_accuracy_score,
            "auc": (roc_auc_score, {"multi_class": "ovr"}),
        },
        per_class=("recall", "f1"),
        every=2,
    )
    by_name = {(c.metric, c.label): c for c in curves}
    assert list(by_name) == [
        ("ba", None), ("auc", None), *[(m, k) for m in ("recall", "f1") for k in "amz"],
    ]  # fmt: skip
    assert all(c.members.tolist() == [1, 2, 4, 5] for c in curves)
    stages = list(model.staged_predict_proba(X_test))
    for i, n in enumerate((1, 2, 4, 5)):
        said = model.classes_[stages[n - 1].argmax(axis=1)]
        assert by_name["ba", None].values[i] == balanced_accuracy_score(y_test, said)
        auc = roc_auc_score(y_test, stages[n - 1], multi_class="ovr")
        assert by_name["auc", None].values[i] == auc
        recalls = recall_score(y_test, said, average=None)
        assert [by_name["recall", k].values[i] for k in "amz"] == recalls.tolist()


def test_counts_by_member():
    X, y, *_ = table()
    own = np.unique(y, return_counts=True)[1]
    under = UnderBaggingClassifier(n_estimators=3, random_state=0)
    over = OverBoostClassifier(n_estimators=3, random_state=0)
    smote = SMOTEBaggingClassifier(n_estimators=3, random_state=0)
    paced = SelfPacedEnsembleClassifier(n_estimators=3, random_state=0)
    cost = AdaCostClassifier(n_estimators=3, random_state=0).fit(X, y)
    assert class_counts_by_member(under.fit(X, y)).classes == ("a", "m", "z")
    assert class_counts_by_member(under).counts.tolist() == [[own.min()] * 3] * 3
    assert class_counts_by_member(over.fit(X, y)).counts.tolist() == [[own.max()] * 3] * 3
    assert class_counts_by_member(smote.fit(X, y)).counts.tolist() == [[own.max()] * 3] * 3
    assert class_counts_by_member(cost).counts.tolist() == [own.tolist()] * 3
    paced.fit(X, y, balancing_schedule="progressive")
    half = np.ceil((own + own.min()) / 2).astype(int)  # up, as imbalanced-ensemble rounds
    found = class_counts_by_member(paced).counts.tolist()
    assert found == [own.tolist(), half.tolist(), [own.min()] * 3]
    more_than_there_are = under.fit(X, y, balancing_schedule=lambda o, t, i, n: {"a": 9999})
    assert class_counts_by_member(more_than_there_are).counts.tolist() == [own.tolist()] * 3


def test_a_grid_is_what_the_model_says_there():
    X, y, *_ = table(2)
    frame = pd.DataFrame(X[:, :2], columns=["u", "v"])
    model = RandomForestClassifier(5, random_state=0).fit(frame, y)
    asked = decision_grid(model, frame, steps=7)
    assert asked.best.shape == (7, 7)
    for i, j in ((0, 0), (2, 5), (6, 6)):
        point = pd.DataFrame({"u": [asked.x[j]], "v": [asked.y[i]]})
        proba = model.predict_proba(point)[0]
        assert asked.best[i, j] == proba.argmax()
        assert asked.sure[i, j] == proba.max()
    assert asked.x[0] < frame.u.min() < frame.u.max() < asked.x[-1]


def test_what_does_not_fit_is_named():
    X, y, *_ = table(2)
    model = UnderBaggingClassifier(n_estimators=2).fit(X, y)
    with pytest.raises(ValueError, match="SVC has neither staged_predict_proba nor estimators_"):
        scores_over_members(SVC().fit(X, y), X, y)
    with pytest.raises(ValueError, match=r"per_class must be of recall, .* got 'accuracy'"):
        scores_over_members(model, X, y, per_class="accuracy")
    with pytest.raises(ValueError, match="every must be at least 1, got 0"):
        scores_over_members(model, X, y, every=0)
    with pytest.raises(ValueError, match="RandomForestClassifier has no member_counts_"):
        class_counts_by_member(RandomForestClassifier(2).fit(X, y))
    with pytest.raises(ValueError, match=r"two columns of finite numbers, got shape \(300, 6\)"):
        decision_grid(model, X)
