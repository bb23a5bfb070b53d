"""Every ensemble is a scikit-learn classifier: check_estimator, inputs, labels, seeds, n_jobs."""

import pickle

import numpy as np
import pandas as pd
import pytest
from imbalanced_tables import NAMES, gaps, made, three_classes, two_classes
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from steelyard.kit.ensembles import (
    AdaCostClassifier,
    OverBoostClassifier,
    UnderBaggingClassifier,
)

RANDOM = {
    f"check_sample_weight_equivalence_on_{kind}_data": "rows are drawn at random, and repeated "
    "rows are drawn otherwise than weighted ones; scikit-learn's forests and bagging are marked "
    "alike"
    for kind in ("dense", "sparse")
}


@pytest.mark.parametrize("name", NAMES)
def test_check_estimator(name):
    settings = {"n_boosting_rounds": 2} if name == "EasyEnsembleClassifier" else {}
    check_estimator(made(name, 3, **settings), expected_failed_checks=RANDOM, on_skip=None)


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides_and_n_jobs_does_not(name):
    X, y, X_test, _ = two_classes(600)
    first, second = (made(name, 4, n_jobs=n).fit(X, y).predict_proba(X_test) for n in (1, 2))
    np.testing.assert_array_equal(first, second)
    other = clone(made(name, 4)).set_params(random_state=1).fit(X, y).predict_proba(X_test)
    assert (first != other).any()


@pytest.mark.parametrize("name", NAMES)
def test_three_classes_with_gaps_are_learnt(name):
    X, y = three_classes()
    X = gaps(X, 0.05)
    model = made(name).fit(X[:800], y[:800])
    proba = model.predict_proba(X[800:])
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    recall = [(model.predict(X[800:])[y[800:] == k] == k).mean() for k in range(3)]
    assert np.mean(recall) > 0.65, recall  # 1/3 is chance


@pytest.mark.parametrize("name", NAMES)
def test_labels_of_any_kind_give_the_same_model(name):
    X, y, X_test, _ = two_classes(400)
    numbers = made(name, 3).fit(X, y).predict(X_test)
    for zero, one in [("healthy", "ill"), (False, True), (-7, 12)]:
        labels = np.where(y == 1, one, zero)
        predicted = made(name, 3).fit(X, labels).predict(X_test)
        np.testing.assert_array_equal(predicted, np.where(numbers == 1, one, zero))


def frame(X, y):
    """Numbers with gaps, nullable integers, a category that tells the class, text and booleans."""
    rng = np.random.default_rng(0)
    tells = np.where(rng.random(len(y)) < 0.9, np.array(["a", "z"])[y], "m")
    return pd.DataFrame(
        {
            "number": gaps(X[:, :1])[:, 0],
            "nullable": pd.array(np.where(X[:, 1] > 2, None, X[:, 1].round()), dtype="Int64"),
            "category": pd.Categorical(tells),
            "text": pd.Series(tells, dtype=object).where(rng.random(len(y)) > 0.1),
            "yes": X[:, 2] > 0,
        }
    )


@pytest.mark.parametrize("name", NAMES)
def test_frames_with_categories_gaps_and_nullable_numbers(name):
    X, y, X_test, y_test = two_classes(500)
    table, test = frame(X, y), frame(X_test, y_test)
    model = made(name, 5).fit(table, y)
    assert model.feature_names_in_.tolist() == list(table)
    assert (model.predict(test)[y_test == 1] == 1).mean() > 0.8
    assert (model.predict(test)[y_test == 0] == 0).mean() > 0.8
    unseen = test.assign(category="never seen", text=None)
    assert np.isfinite(model.predict_proba(unseen)).all()


def test_dates_and_repeated_names_are_refused_with_a_mend():
    X, y, *_ = two_classes(200)
    dates = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=200), "x": X[:, 0]})
    with pytest.raises(ValueError, match=r"column 'day' holds datetime64.*days since"):
        UnderBaggingClassifier().fit(dates, y)
    for when in (
        pd.date_range("2020-01-01", periods=200, tz="UTC"),
        pd.period_range("2020-01-01", periods=200),
        pd.to_timedelta(np.arange(200), "D"),
    ):
        with pytest.raises(ValueError, match=r"column 'day' holds .*days since"):
            UnderBaggingClassifier().fit(dates.assign(day=when), y)
    twice = pd.DataFrame(X[:, :2], columns=["a", "a"])
    with pytest.raises(ValueError, match=r"unique column names|columns named"):
        UnderBaggingClassifier().fit(twice, y)


@pytest.mark.parametrize("step", ["D", "s"])
@pytest.mark.parametrize("kind", ["datetime64", "timedelta64", "objects"])
def test_arrays_of_dates_are_refused_at_fit_and_at_prediction(kind, step):
    X, y, *_ = two_classes(200)
    if kind == "objects":
        dates = np.full((200, 2), 1.0, dtype=object)
        dates[3, 1] = np.datetime64("2020-01-01", step).item()
    else:
        dates = np.arange(400).reshape(200, 2).astype(f"{kind}[{step}]")
    with pytest.raises(ValueError, match=r"X holds (date|timedelta).*days since a date"):
        UnderBaggingClassifier().fit(dates, y)
    model = UnderBaggingClassifier(n_estimators=2).fit(X[:, :2], y)
    with pytest.raises(ValueError, match=r"X holds (date|timedelta).*days since a date"):
        model.predict_proba(dates)
    numbers = np.arange(400).reshape(200, 2).astype(object)
    assert UnderBaggingClassifier(n_estimators=2).fit(numbers, y).n_features_in_ == 2


@pytest.mark.parametrize("name", ["UnderBaggingClassifier", "SMOTEBoostClassifier"])
def test_polars_frames_give_what_pandas_frames_give(name):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    X, y, *_ = two_classes(300)
    table = frame(X, y).assign(nullable=lambda t: t["nullable"].astype(float))
    columns = {
        "number": polars.Series(table["number"].to_numpy(), nan_to_null=True),
        "nullable": polars.Series(table["nullable"].to_numpy(), nan_to_null=True),
        "category": polars.Series(table["category"].astype(str).tolist(), dtype=polars.Categorical),
        "text": polars.Series([v if isinstance(v, str) else None for v in table["text"]]),
        "yes": polars.Series(table["yes"].tolist()),
    }
    other = polars.DataFrame(columns)
    first = made(name, 3).fit(table, y)
    second = made(name, 3).fit(other, polars.Series(y))
    np.testing.assert_array_equal(first.predict_proba(table), second.predict_proba(other))


@pytest.mark.parametrize("name", NAMES)
def test_a_base_that_takes_neither_gaps_nor_weights_will_do(name):
    X, y, X_test, y_test = two_classes(500)
    base = make_pipeline(StandardScaler(), LogisticRegression())
    model = made(name, 3, estimator=base).fit(X, y)
    assert (model.predict(X_test) == y_test).mean() > 0.6
    with pytest.raises(ValueError, match="NaN"):
        made(name, 3, estimator=LogisticRegression()).fit(gaps(X), y)


@pytest.mark.parametrize("name", NAMES)
def test_a_fitted_model_is_saved_without_its_training_rows(name):
    X, y, X_test, _ = two_classes(3000)
    model = made(name, 1, estimator=LogisticRegression()).fit(X, y)
    saved = pickle.dumps(model)
    assert len(saved) < 20_000
    np.testing.assert_array_equal(
        pickle.loads(saved).predict_proba(X_test),  # noqa: S301
        model.predict_proba(X_test),
    )


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"estimator": "oak"}, "estimator must be one of .* got 'oak'"),
        ({"estimator": StandardScaler()}, "must have fit and predict_proba"),
        ({"n_estimators": 0}, "n_estimators must be at least 1, got 0"),
        ({"prior": "flat"}, "prior must be .* got 'flat'"),
        ({"prior": [0.5, 0.5, 0]}, "prior must be 2 positive numbers"),
    ],
)
def test_bad_settings_are_named(settings, says):
    X, y, *_ = two_classes(200)
    with pytest.raises(ValueError, match=says):
        UnderBaggingClassifier(**settings).fit(X, y).predict_proba(X)


@pytest.mark.parametrize(
    ("told", "given"),
    [
        ("eval_datasets must be a dictionary by name, got list", {"eval_datasets": [(0, 1)]}),
        (r"eval_datasets\['v'\] must be a pair \(X, y\), got", {"eval_datasets": {"v": (0,)}}),
        ("eval_metrics must be a dictionary by name, got list", {"eval_metrics": ["f1_macro"]}),
        ("function, settings", {"eval_metrics": {"f1": "f1_macro"}}),
        ("function, settings", {"eval_metrics": {"f1": (len, 1, 2)}}),
        (r"function of \(y_true, y_pred\)", {"eval_metrics": {"n": lambda y: len(y)}}),
        ("whole number of members, got -1", {"train_verbose": -1}),
        ("whole number of members, got 2.5", {"train_verbose": {"granularity": 2.5}}),
        ("whole number of members, got 'yes'", {"train_verbose": "yes"}),
    ],
)
def test_what_cannot_be_watched_is_named_before_anything_is_trained(told, given):
    X, y = np.arange(40.0)[:, None], np.repeat([0, 1], [30, 10])
    model = UnderBaggingClassifier(n_estimators=2)
    with pytest.raises(ValueError, match=told):
        model.fit(X, y, **given)
    assert not getattr(model, "estimators_", [])


@pytest.mark.parametrize("kind", [OverBoostClassifier, AdaCostClassifier])
@pytest.mark.parametrize("rate", [0, -0.5, np.nan, np.inf, "small", None])
def test_a_learning_rate_that_is_no_number_above_0_is_refused(kind, rate):
    X, y = np.arange(40.0)[:, None], np.repeat([0, 1], [30, 10])
    with pytest.raises(ValueError, match="learning_rate must be a finite number above 0, got"):
        kind(n_estimators=2, learning_rate=rate).fit(X, y)


@pytest.mark.parametrize("dtype", [object, str])
def test_text_in_an_array_is_told_how_to_come_as_categories(dtype):
    X, y = np.array([["1.5", "red"], ["2", "blue"]] * 10, dtype=dtype), [0, 1] * 10
    with pytest.raises(ValueError, match=r"holds text, such as 'red'; give a frame, pandas.Data"):
        UnderBaggingClassifier(n_estimators=2).fit(X, y)
    numbers = np.array([["1.5"], ["2"]] * 10, dtype=dtype)
    assert UnderBaggingClassifier(n_estimators=2).fit(numbers, y).classes_.tolist() == [0, 1]
