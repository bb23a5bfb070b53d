"""The rules do on real trainings what they are for: rare classes found, confidence honest."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from steelyard.kit.metrics import calibration_error, log_loss, score
from steelyard.kit.posthoc import cross_fit, decide, fit_posthoc

SEEDS = range(5)


def long_tail(head, ratio, k=10):
    return np.maximum(np.round(head * ratio ** (-np.arange(k) / (k - 1))).astype(int), 2)


def digits(seed):
    """Handwritten digits, 100 rows of the largest class and 2 of the smallest, order drawn."""
    X, target = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    target = rng.permutation(10)[target]
    rows = [
        rng.permutation(np.flatnonzero(target == k))[:n] for k, n in enumerate(long_tail(100, 50))
    ]
    rows = np.concatenate(rows)
    rest = np.setdiff1d(np.arange(target.size), rows)
    return X[rows] / 16, target[rows], X[rest] / 16, target[rest]


def simulated(seed):
    """Ten overlapping Gaussian classes, 500 rows down to 10; 200 fresh rows of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(10, 6))
    target, fresh = np.repeat(np.arange(10), long_tail(500, 50)), np.repeat(np.arange(10), 200)
    X, new = (centres[t] + rng.normal(size=(t.size, 6)) for t in (target, fresh))
    return X, target, new, fresh


def out_of_fold(X, target, seed, **settings):
    """(N, K) probabilities, the folds, and the model of all rows."""
    proba, fold = np.zeros((target.size, target.max() + 1)), np.zeros(target.size, dtype=int)
    splits = StratifiedKFold(2, shuffle=True, random_state=seed).split(X, target)
    for number, (train, held) in enumerate(splits):
        model = LogisticRegression(max_iter=1000, **settings).fit(X[train], target[train])
        proba[held], fold[held] = model.predict_proba(X[held]), number
    return proba, fold, LogisticRegression(max_iter=1000, **settings).fit(X, target)


@pytest.fixture(scope="module", params=[digits, simulated])
def trained(request):
    """For each seed: out-of-fold proba, target, folds; proba and target of fresh rows."""
    runs = []
    for seed in SEEDS:
        X, target, new, fresh = request.param(seed)
        proba, fold, model = out_of_fold(X, target, seed)
        runs.append((proba, target, fold, model.predict_proba(new), fresh))
    return runs


@pytest.mark.parametrize("name", ["logit-adjusted", "threshold"])
def test_balanced_accuracy_gains_out_of_fold_and_on_fresh_rows(trained, name):
    inside, outside = [], []
    for proba, target, fold, new, fresh in trained:
        decided = cross_fit(name, proba, target, fold).predicted
        before = score("balanced-accuracy", target, proba)
        inside.append(score("balanced-accuracy", target, decided) - before)
        after = decide(name, fit_posthoc(name, proba, target), new).predicted
        before = score("balanced-accuracy", fresh, new)
        outside.append(score("balanced-accuracy", fresh, after) - before)
    for gains in (inside, outside):
        assert np.mean(gains) >= 0.025
        assert np.mean(gains) > 3 * np.std(gains, ddof=1) / np.sqrt(len(gains))


def test_nothing_is_promised_where_the_classes_are_even():
    gains = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        target = np.repeat(np.arange(4), 60)
        proba = rng.dirichlet(np.ones(4), target.size)
        proba[np.arange(target.size), target] += 0.3
        proba /= proba.sum(axis=1, keepdims=True)
        decided = cross_fit("threshold", proba, target, rng.integers(0, 5, target.size)).predicted
        before = score("balanced-accuracy", target, proba)
        gains.append(score("balanced-accuracy", target, decided) - before)
    assert abs(np.mean(gains)) < 0.02


def test_temperature_makes_an_overconfident_model_honest():
    for seed in SEEDS:
        X, target, new, fresh = digits(seed)
        target, fresh = target % 3, fresh % 3
        proba, fold, model = out_of_fold(X, target, seed, C=1e4)
        scaled = cross_fit("temperature", proba, target, fold)
        assert log_loss(target, scaled.proba) < log_loss(target, proba)
        assert calibration_error(target, scaled.proba) < calibration_error(target, proba)
        given = model.predict_proba(new)
        fitted = fit_posthoc("temperature", proba, target)
        assert fitted["temperature"] > 1.2
        honest = decide("temperature", fitted, given).proba
        assert calibration_error(fresh, honest) < calibration_error(fresh, given)
