"""ROC AUC and average precision: hand-computed, against scikit-learn (ties!), properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as peer

from steelyard.kit import metrics


@st.composite
def binary_problems(draw):
    """Both classes present; few levels make many ties."""
    n = draw(st.integers(2, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    levels = draw(st.sampled_from([1, 2, 5, 10**9]))
    target = np.r_[0, 1, rng.integers(0, 2, n - 2)]
    return target, rng.integers(0, levels, n) / levels


def test_auc_by_hand():
    # pairs (positive, negative): .4 beats .1, ties .4; .8 beats both
    assert metrics.roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8]) == 3.5 / 4


def test_average_precision_by_hand():
    # thresholds .8 (1 of 1) and .4 (2 of 3, the tie enters with it)
    expected = (1 + 2 / 3) / 2
    assert metrics.average_precision([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8]) == pytest.approx(expected)


@given(binary_problems())
def test_binary_agrees_with_scikit_learn(problem):
    target, scores = problem
    assert metrics.roc_auc(target, scores) == pytest.approx(peer.roc_auc_score(target, scores))
    expected = peer.average_precision_score(target, scores)
    assert metrics.average_precision(target, scores) == pytest.approx(expected)


@given(binary_problems())
def test_auc_is_the_share_of_pairs_won(problem):
    target, scores = problem
    gaps = scores[target == 1][:, None] - scores[target == 0]
    pairs = (gaps > 0).mean() + (gaps == 0).mean() / 2
    assert metrics.roc_auc(target, scores) == pytest.approx(pairs)


@given(binary_problems())
def test_only_the_order_counts(problem):
    target, scores = problem
    for metric in (metrics.roc_auc, metrics.average_precision):
        assert metric(target, scores) == pytest.approx(metric(target, 3 * scores - 7))
    assert metrics.roc_auc(target, -scores) == pytest.approx(1 - metrics.roc_auc(target, scores))
    assert metrics.roc_auc(1 - target, scores) == pytest.approx(1 - metrics.roc_auc(target, scores))


@pytest.mark.parametrize("decimals", [None, 2, 1, 0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_macro_one_vs_rest_agrees_with_scikit_learn(decimals, dtype):
    rng = np.random.default_rng(0)
    target = np.r_[np.arange(5), rng.choice(5, size=2000, p=[0.5, 0.3, 0.15, 0.04, 0.01])]
    scores = rng.random((2005, 5))
    scores[np.arange(2005), target] += 0.3
    scores = (scores / scores.sum(axis=1, keepdims=True)).astype(dtype)
    if decimals is not None:
        scores = scores.round(decimals)
    one_hot = np.eye(5, dtype=int)[target]
    summary = metrics.ranking_summary(target, scores)
    np.testing.assert_allclose(summary.roc_auc, peer.roc_auc_score(one_hot, scores, average=None))
    np.testing.assert_allclose(
        summary.average_precision, peer.average_precision_score(one_hot, scores, average=None)
    )
    assert metrics.roc_auc(target, scores) == pytest.approx(summary.roc_auc.mean())
    assert metrics.average_precision(target, scores) == pytest.approx(
        summary.average_precision.mean()
    )


def test_two_columns_and_one_column_rank_alike():
    target, p = np.array([0, 1, 0, 1, 1]), np.array([0.2, 0.4, 0.5, 0.6, 0.9])
    both = metrics.ranking_summary(target, np.c_[1 - p, p])
    assert both.roc_auc[0] == pytest.approx(both.roc_auc[1])
    assert both.roc_auc[1] == metrics.roc_auc(target, p)
    assert both.average_precision[1] == metrics.average_precision(target, p)


def test_classes_without_rows_are_nan_and_left_out():
    target, scores = np.array([0, 0, 1, 1]), np.array([[3, 1, 0], [2, 2, 0], [1, 3, 0], [0, 4, 0]])
    summary = metrics.ranking_summary(target, scores)
    np.testing.assert_array_equal(summary.roc_auc, [1, 1, np.nan])
    np.testing.assert_array_equal(summary.average_precision, [1, 1, np.nan])
    assert metrics.roc_auc(target, scores) == 1.0


def test_one_sided_targets():
    assert np.isnan(metrics.roc_auc([0, 0], [0.1, 0.2]))
    assert np.isnan(metrics.average_precision([0, 0], [0.1, 0.2]))
    assert np.isnan(metrics.roc_auc([1, 1], [0.1, 0.2]))
    assert metrics.average_precision([1, 1], [0.1, 0.2]) == 1.0


def test_infinite_log_odds_have_an_order():
    assert metrics.roc_auc([0, 1, 1], [-np.inf, 0.0, np.inf]) == 1.0


def test_integers_and_half_precision_are_ranked():
    assert metrics.roc_auc([0, 1, 1], np.array([1, 2, 3], dtype=np.uint8)) == 1.0
    assert metrics.roc_auc([0, 1, 1], np.array([3, 2, 1], dtype=np.float16)) == 0.0


@pytest.mark.parametrize("metric", [metrics.roc_auc, metrics.average_precision])
@pytest.mark.parametrize(
    ("target", "scores", "message"),
    [
        ([0, 1], [0.1, 0.2, 0.3], r"scores \(3,\).*target \(2,\)"),
        ([0, 2], [0.1, 0.2], r"target \(2,\) reaches class 2"),
        ([0, 1], [0.1, np.nan], "scores hold NaN: 1 of 2"),
        ([0, 0], [[0.1, 0.2], [0.1, np.nan]], "scores hold NaN: 1 of 2"),
        ([0, 1], [[0.1, 0.2]], r"scores must be \(N, K\).*got shape \(1, 2\)"),
        ([0, 2], [[0.1, 0.2]] * 2, "class 2"),
        ([0, 1], ["a", "b"], "scores must be numbers"),
        ([], [], "at least one row"),
    ],
)
def test_bad_scores_are_named(metric, target, scores, message):
    with pytest.raises(ValueError, match=message):
        metric(target, scores)
