"""Codes keep order and missing values, and a weighted model trained on them is as good."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from steelyard.engine.quantile_codes import MOST_CODES, QuantileCodes
from steelyard.engine.tables import fit_table
from steelyard.examine.baseline import boosting


@given(st.integers(0, 2**32 - 1), st.integers(1, 700))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_codes_keep_the_order_and_are_few(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=n), rng.integers(0, 9, n).astype(float)])
    X[rng.random(n) < 0.1, 0] = np.nan
    coded = QuantileCodes.of(X)(X)
    assert np.array_equal(np.isnan(coded), np.isnan(X))
    assert np.array_equal(coded[:, 1], X[:, 1])  # few values: left as they are
    known = ~np.isnan(X[:, 0])
    ordered = coded[known, 0][np.argsort(X[known, 0], kind="stable")]
    assert (np.diff(ordered) >= 0).all()
    assert len(np.unique(ordered)) <= MOST_CODES


def test_codes_of_even_values_hold_even_shares() -> None:
    X = np.random.default_rng(0).normal(size=(25_500, 1))
    counts = np.unique(QuantileCodes.of(X)(X), return_counts=True)[1]
    assert len(counts) == MOST_CODES
    assert counts.min() >= 99
    assert counts.max() <= 101


def test_a_weighted_model_on_codes_is_as_good_as_scikit_learns_own_bins() -> None:
    rng = np.random.default_rng(1)
    target = (rng.random(6000) < 0.2).astype(int)
    X = rng.normal(size=(6000, 6)) + 0.6 * target[:, None]
    weight = np.where(target == 1, 4.0, 1.0)[:3000]
    none = np.zeros(6, dtype=bool)
    ours = fit_table(
        boosting(2), X[:3000], target[:3000], 2,
        categorical=none, row_weight=weight, random_state=0,
    )  # fmt: skip
    theirs = HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=0)
    theirs.fit(X[:3000], target[:3000], sample_weight=weight)
    scores = [m.predict_proba(X[3000:])[:, 1] for m in (ours, theirs)]
    a, b = (roc_auc_score(target[3000:], s) for s in scores)
    assert ours.codes is not None
    assert a == pytest.approx(b, abs=0.01)
