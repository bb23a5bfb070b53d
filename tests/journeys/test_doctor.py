"""Doctor: scikit-learn's own checks, frames with everything in them, paths, and sameness."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from case_schema import read_case
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import steelyard
from steelyard import Doctor, UserError
from steelyard.treat import race

CHEAP = {"select": ("P301", "R610"), "seeds": 1, "minutes": 20}


@pytest.fixture(autouse=True)
def little_tuning(monkeypatch: pytest.MonkeyPatch) -> None:
    """One candidate for tuned-base instead of five: what is checked is the estimator."""
    every = race.tuning_candidates
    monkeypatch.setattr(race, "tuning_candidates", lambda *facts: every(*facts)[:1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([Doctor(**CHEAP)])
def test_scikit_learn_contract(estimator: Doctor, check) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def people() -> tuple[pd.DataFrame, pd.Series]:
    """Numbers, categories, text, booleans and gaps; ``outcome`` follows age and town."""
    rng = np.random.default_rng(0)
    n = 160
    frame = pd.DataFrame(
        {
            "age": rng.normal(50, 15, n),
            "town": pd.Categorical(rng.choice(["Ulm", "Bern", "Graz"], n)),
            "smoker": rng.random(n) < 0.4,
            "job": rng.choice(["nurse", "baker", "clerk"], n),
            "visits": pd.array(rng.integers(0, 9, n), dtype="Int64"),
        },
        index=np.arange(n) * 7,
    )
    ill = frame["age"] + 20 * (frame["town"] == "Ulm") + rng.normal(0, 5, n) > 72
    frame.loc[frame.index[::11], "age"] = np.nan
    frame.loc[frame.index[::13], "job"] = None
    frame.loc[frame.index[::17], "visits"] = pd.NA
    return frame, pd.Series(np.where(ill, "ill", "a healthy one"), frame.index, name="outcome")


@pytest.fixture(scope="module")
def fitted(people: tuple[pd.DataFrame, pd.Series]) -> Doctor:
    with pytest.MonkeyPatch.context() as patch:
        every = race.tuning_candidates
        patch.setattr(race, "tuning_candidates", lambda *facts: every(*facts)[:1])
        return Doctor(**CHEAP).fit(*people)


def test_a_frame_with_everything_in_it(
    fitted: Doctor, people: tuple[pd.DataFrame, pd.Series]
) -> None:
    X, y = people
    assert fitted.classes_.tolist() == ["a healthy one", "ill"]
    assert fitted.feature_names_in_.tolist() == list(X)
    proba = fitted.predict_proba(X)
    assert proba.shape == (160, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert fitted.score(X, y) > 0.8
    unseen = X.head(3).assign(town=["Wien", None, "Ulm"], job="pilot", age=[np.nan, 1e9, -3])
    assert set(fitted.predict(unseen)) <= {"a healthy one", "ill"}


def test_what_the_doctor_found(fitted: Doctor, tmp_path: Path) -> None:
    assert {finding.code for finding in fitted.findings_} <= {"P301"}
    assert fitted.trials_["name"].tolist()[:2] == ["base", "tuned-base"]
    assert set(fitted.trials_["state"]) == {"done"}
    assert {"goal", "gain", "low", "high", "p", "seeds", "changes"} <= set(fitted.trials_)
    assert fitted.verdict_.state in ("proven-better", "no-proven-difference")
    assert fitted.verdict_.test.flips.n == read_case(Path(fitted.case_))["data"]["splits"]["test"]
    page = fitted.report(tmp_path / "page.html")
    assert page == tmp_path / "page.html"
    assert page.read_text("utf-8").lstrip().lower().startswith("<!doctype html>")


def test_pickled_and_back(fitted: Doctor, people: tuple[pd.DataFrame, pd.Series]) -> None:
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - the user's own, as with any estimator
    np.testing.assert_array_equal(again.predict_proba(people[0]), fitted.predict_proba(people[0]))


def test_clone_and_parameters(fitted: Doctor) -> None:
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "classes_")
    with pytest.raises(NotFittedError):
        copy.predict([[1]])
    with pytest.raises(NotFittedError):
        copy.report("page.html")


def test_same_seed_same_result(people: tuple[pd.DataFrame, pd.Series], fitted: Doctor) -> None:
    again = Doctor(**CHEAP).fit(*people)
    without = ["seconds"]
    pd.testing.assert_frame_equal(
        again.trials_.drop(columns=without), fitted.trials_.drop(columns=without)
    )
    assert again.verdict_.says == fitted.verdict_.says
    np.testing.assert_array_equal(again.predict_proba(people[0]), fitted.predict_proba(people[0]))
    other = Doctor(**CHEAP, random_state=1).fit(*people)
    assert not np.array_equal(other.trials_["goal"], fitted.trials_["goal"])


@pytest.mark.parametrize(
    "labels",
    [[10, 2], [-1.5, 2.5], [True, False], ["a10", "a2"], ["Rot", "blau"]],
    ids=str,
)
def test_labels_come_back_as_they_were_given(labels: list) -> None:
    rng = np.random.default_rng(0)
    k = np.arange(60) % 3 // 2
    X = rng.normal(size=(60, 2)) + 6 * k[:, None]
    y = np.array(labels)[k]
    doctor = Doctor(**CHEAP).fit(X, y)
    assert doctor.classes_.dtype == y.dtype
    np.testing.assert_array_equal(doctor.classes_, np.unique(y))
    assert (doctor.predict(X) == y).mean() > 0.9
    most = doctor.classes_[doctor.predict_proba(X).argmax(axis=1)]
    assert (most == y).mean() > 0.9


def test_groups_and_cross_validation() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3 == 0
    X = rng.normal(size=(90, 2)) + 2 * y[:, None]
    assert cross_val_score(Doctor(**CHEAP), X, y, cv=2).min() > 0.6
    doctor = Doctor(**CHEAP).fit(X, y, groups=np.arange(90) // 3)
    assert doctor.verdict_.test is not None


def test_a_path_in_and_a_path_out(data: Path, tmp_path: Path) -> None:
    doctor = Doctor(**CHEAP, case=tmp_path / "case")
    doctor.fit(data / "tumours.csv", label="diagnosis")
    assert doctor.classes_.tolist() == ["benign", "malignant"]
    assert (tmp_path / "case" / "case.json").is_file()
    told = doctor.predict(str(data / "tumours.csv"))
    frame = pd.read_csv(data / "tumours.csv")
    assert (told == frame["diagnosis"]).mean() > 0.8
    np.testing.assert_array_equal(doctor.predict(frame.drop(columns="diagnosis")), told)


def test_images_as_arrays() -> None:
    from sklearn.datasets import load_digits

    digits = load_digits(n_class=2)
    rows = np.flatnonzero(digits.target == 0)[:30].tolist()
    rows += np.flatnonzero(digits.target == 1)[:20].tolist()
    X = np.repeat((digits.images[rows] * 15).astype(np.uint8)[..., None], 3, axis=3)
    doctor = Doctor(**CHEAP).fit(X, digits.target[rows])
    assert doctor.score(X, digits.target[rows]) > 0.9


def test_bad_input_is_a_value_error_that_says_how_to_mend_it() -> None:
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    with pytest.raises(ValueError, match="only one class") as caught:
        Doctor(**CHEAP).fit(X, np.zeros(20))
    assert "fix:" in str(caught.value)
    for wrong in ({"minutes": 0}, {"goal": "f1"}, {"seeds": 0}, {"select": ("Z1",)}):
        with pytest.raises(UserError):
            Doctor(**{**CHEAP, **wrong}).fit(X, y)
    with pytest.raises(UserError, match="belong together"):
        Doctor(**CHEAP).fit(X, y, groups=np.zeros(20))


def test_too_little_time_leaves_findings_and_says_so() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), np.arange(60) % 6 == 0
    with pytest.warns(UserWarning, match="no model was trained"):
        doctor = Doctor(seeds=1, minutes=1e-6).fit(X, y)
    assert doctor.verdict_.state == "no-trial-finished"
    assert [finding.code for finding in doctor.findings_] == ["D110"]  # needs counts only
    with pytest.raises(UserError, match="has no model"):
        doctor.predict(X)


def test_public_names() -> None:
    assert sorted(steelyard.__all__) == ["Doctor", "UserError", "__version__"]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = steelyard.nothing
