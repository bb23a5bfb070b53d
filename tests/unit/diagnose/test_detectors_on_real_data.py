"""Real data: silence where a model is well, the right illnesses where it is not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from steelyard.core.exam import Exam
from steelyard.diagnose import diagnose
from steelyard.intake.splits import assign_folds


def logistic() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def forest() -> Any:
    return RandomForestClassifier(60, min_samples_leaf=5, random_state=0)


def boosting() -> Any:
    return HistGradientBoostingClassifier(
        max_iter=30, early_stopping=False, random_state=0, categorical_features=None
    )


def out_of_fold(X: np.ndarray, target: np.ndarray, model: Callable[[], Any]) -> Exam:
    k = int(target.max()) + 1
    proba, fold = np.zeros((target.size, k)), assign_folds(target, np.arange(target.size), 5, 0)
    for held in (fold == i for i in range(5)):
        fitted = model().fit(X[~held], target[~held])
        proba[np.ix_(held, fitted.classes_)] = fitted.predict_proba(X[held])
    names = tuple(str(j) for j in range(k))
    return Exam("table", names, target, proba=proba[None], fold=fold[None])


def long_tailed_digits(ratio: float) -> tuple[np.ndarray, np.ndarray]:
    X, target = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    keep = [
        rng.permutation(np.flatnonzero(target == c))[: round(170 * ratio ** (-c / 9))]
        for c in range(10)
    ]
    rows = np.concatenate(keep)
    return X[rows], target[rows]


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
def test_silent_on_well_learnt_real_data(load: Callable[..., Any]) -> None:
    diagnosis = diagnose(out_of_fold(*load(return_X_y=True), logistic))
    assert [f"{f.code} {f.says}" for f in diagnosis.findings] == []
    assert len(diagnosis.quiet) == 9


def test_boosting_on_well_learnt_real_data_raises_no_more_than_a_hint() -> None:
    findings = diagnose(out_of_fold(*load_breast_cancer(return_X_y=True), boosting)).findings
    assert all(f.severity == "low" for f in findings)


def test_a_forest_on_long_tailed_digits_has_the_illnesses_of_a_long_tail() -> None:
    exam = out_of_fold(*long_tailed_digits(50), forest)
    findings = {f.code: f for f in diagnose(exam).findings}
    assert set(findings) >= {"D101", "D110", "P304", "P310", "P330"}
    assert set(findings["P330"].where) <= {"7", "8", "9"}
    assert set(findings["D110"].where) == {"7", "8", "9"}  # 8, 5 and 3 rows
    assert {"8", "9"} <= set(findings["D101"].where) <= set("56789")
    gain = next(e for e in findings["P310"].evidence if e.name == "gain in balanced accuracy")
    assert gain.value > 0.05
    # A forest with leaves of five is not sure enough, which costs a goal of decisions little.
    assert findings["P320"].severity == "low"


def test_shuffled_labels_are_no_better_than_guessing() -> None:
    X, target = load_breast_cancer(return_X_y=True)
    told = []
    for seed in range(6):
        shuffled = np.random.default_rng(seed).permutation(target)
        told.append({f.code for f in diagnose(out_of_fold(X, shuffled, logistic)).findings})
    # Two of these six shuffles reach 0.525 and more by luck: unknown is then the right answer.
    assert sum("P302" in codes for codes in told) == 4
    assert not any("P310" in codes for codes in told)
