"""LightGBM, XGBoost and CatBoost as the members of every ensemble."""

import numpy as np
import pytest
import skops.io
from imbalanced_tables import NAMES

import steelyard.kit.ensembles as ensembles
from steelyard.kit.ensembles.members import Renumbered, fit_member, member_proba


def booster(library, **settings):
    module = pytest.importorskip(library, reason=f"{library} is not installed: steelyard[boost]")
    if library == "lightgbm":
        return module.LGBMClassifier(
            n_estimators=5, min_child_samples=5, n_jobs=1, verbose=-1, **settings
        )
    if library == "xgboost":
        return module.XGBClassifier(n_estimators=5, n_jobs=1, **settings)
    return module.CatBoostClassifier(
        iterations=5, thread_count=1, verbose=False, allow_writing_files=False, **settings
    )


libraries = pytest.mark.parametrize("library", ["lightgbm", "xgboost", "catboost"])


def gappy(k):
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(k), [160] + [30] * (k - 1))
    X = rng.normal(size=(y.size, 4)) + 1.5 * y[:, None]
    X[::9, 1] = np.nan
    return X, y


@libraries
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("k", [2, 3])
def test_every_ensemble_learns_with_members_of_every_library(name, k, library):
    X, y = gappy(k)
    labels = np.array(["c", "b", "a"])[y]
    one, again = (
        getattr(ensembles, name)(booster(library), n_estimators=3, random_state=0).fit(X, labels)
        for _ in range(2)
    )
    proba = one.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    assert np.mean(one.predict(X) == labels) > 0.7
    np.testing.assert_array_equal(again.predict_proba(X), proba)


@libraries
def test_an_ensemble_of_boosters_is_stored_without_pickle(library):
    X, y = gappy(3)
    made = ensembles.SelfPacedEnsembleClassifier(booster(library), 3, random_state=0).fit(X, y)
    stored = skops.io.dumps(made)
    told = set(skops.io.get_untrusted_types(data=stored))
    assert {name.split(".")[0] for name in told} <= {library, "steelyard", "collections", "numpy"}
    again = skops.io.loads(stored, trusted=sorted(told))
    np.testing.assert_array_equal(again.predict_proba(X), made.predict_proba(X))


@libraries
@pytest.mark.parametrize("there", [[0, 2], [1, 2], [0, 1]])
def test_a_class_that_a_members_rows_lack_gets_nothing(there, library):
    X, y = gappy(3)
    rows = np.isin(y, there)
    member = fit_member(booster(library), X[rows], y[rows], seed=0)
    proba = member_proba(member, X, 3)
    (absent,) = {0, 1, 2} - set(there)
    assert (proba[:, absent] == 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    assert (proba.argmax(axis=1) == y)[rows].mean() > 0.8
    assert isinstance(member, Renumbered) == (absent != 2)


@libraries
def test_weights_reach_the_members(library):
    X, y = gappy(2)
    weight = np.where(y == 1, 30.0, 1.0)
    plain, heavy = (
        fit_member(booster(library), X, y, w, seed=0).predict_proba(X)[:, 1].mean()
        for w in (None, weight)
    )
    assert heavy > plain + 0.05


@libraries
def test_members_have_seeds_of_their_own(library):
    X, y = gappy(2)
    drawn = {"xgboost": {"subsample": 0.5}, "lightgbm": {"subsample": 0.5, "subsample_freq": 1}}
    base = booster(library, **drawn.get(library, {}))
    one, same, other = (fit_member(base, X, y, seed=seed).predict_proba(X) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
