"""Metrics of decisions: hand-computed, against scikit-learn and imbalanced-learn, properties."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.metrics import geometric_mean_score, specificity_score
from sklearn import metrics as peer

from steelyard.kit import metrics

DECISION_METRICS = [
    metrics.accuracy,
    metrics.averages,
    metrics.balanced_accuracy,
    metrics.classification_summary,
    metrics.cohen_kappa,
    metrics.f1,
    metrics.geometric_mean,
    metrics.macro_f1,
    metrics.matthews,
    metrics.precision,
    metrics.recall,
    metrics.specificity,
    metrics.worst_class,
]
# Truth 0: 8 right, 2 called 1. Truth 1: 3 right, 1 called 0. Truth 2: both called 0.
BY_HAND = np.array([[8, 2, 0], [1, 3, 0], [2, 0, 0]])


def labels_of(confusion):
    k = confusion.shape[0]
    truth, guess = np.divmod(np.repeat(np.arange(k * k), confusion.ravel()), k)
    return truth, guess


@st.composite
def label_pairs(draw):
    k = draw(st.integers(2, 6))
    rows = st.tuples(st.integers(0, k - 1), st.integers(0, k - 1))
    truth, guess = np.array(draw(st.lists(rows, min_size=1, max_size=40))).T
    return truth, guess, k


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (metrics.accuracy, 11 / 16),
        (metrics.balanced_accuracy, (0.8 + 0.75 + 0) / 3),
        (metrics.worst_class, 0.0),
        (metrics.geometric_mean, 0.0),
        (metrics.macro_f1, (16 / 21 + 6 / 9 + 0) / 3),
        (metrics.recall, [0.8, 0.75, 0.0]),
        (metrics.precision, [8 / 11, 3 / 5, np.nan]),
        (metrics.f1, [16 / 21, 6 / 9, 0.0]),
        (metrics.specificity, [3 / 6, 10 / 12, 1.0]),
        # by chance (11 * 10 + 5 * 4 + 0 * 2) / 16 = 8.125 of 16 agree
        (metrics.cohen_kappa, (11 - 8.125) / (16 - 8.125)),
        # (11 * 16 - 130) / sqrt((256 - 120) * (256 - 146))
        (metrics.matthews, 46 / np.sqrt(136 * 110)),
    ],
)
def test_hand_computed_from_labels_and_from_the_matrix(metric, expected):
    np.testing.assert_allclose(metric(*labels_of(BY_HAND)), expected, rtol=1e-12)
    np.testing.assert_allclose(metric.from_confusion(BY_HAND), expected, rtol=1e-12)


@given(label_pairs())
def test_agrees_with_scikit_learn(pair):
    truth, guess, k = pair
    summary = metrics.classification_summary(truth, guess, k)
    with warnings.catch_warnings():  # scikit-learn warns of absent classes
        warnings.simplefilter("ignore")
        expected = {
            "accuracy": peer.accuracy_score(truth, guess),
            "balanced_accuracy": peer.balanced_accuracy_score(truth, guess),
            "matthews": peer.matthews_corrcoef(truth, guess),
            "cohen_kappa": np.nan_to_num(peer.cohen_kappa_score(truth, guess)),
        }
        averages = {
            kind: peer.precision_recall_fscore_support(truth, guess, average=kind, zero_division=0)[
                :3
            ]
            for kind in ("macro", "micro", "weighted")
        }
        per_class = peer.precision_recall_fscore_support(
            truth, guess, labels=np.arange(k), zero_division=np.nan
        )
    for name, value in expected.items():
        np.testing.assert_allclose(getattr(summary, name), value, atol=1e-12, err_msg=name)
    for kind, value in averages.items():
        np.testing.assert_allclose(list(summary.averages[kind].values()), value, atol=1e-12)
    for name, value in zip(("precision", "recall", "f1", "support"), per_class):
        np.testing.assert_allclose(getattr(summary, name), value, atol=1e-12, err_msg=name)
    oracle = peer.confusion_matrix(truth, guess, labels=np.arange(k))
    np.testing.assert_array_equal(summary.confusion, oracle)
    np.testing.assert_array_equal(summary.predicted, oracle.sum(axis=0))
    assert metrics.macro_f1(truth, guess, k) == pytest.approx(averages["macro"][2])


def test_agrees_with_imbalanced_learn_where_all_classes_occur():
    rng = np.random.default_rng(0)
    truth = np.r_[np.arange(5), rng.integers(0, 5, 500)]
    guess = np.where(rng.random(505) < 0.6, truth, rng.integers(0, 5, 505))
    assert metrics.geometric_mean(truth, guess) == pytest.approx(geometric_mean_score(truth, guess))
    np.testing.assert_allclose(
        metrics.specificity(truth, guess), specificity_score(truth, guess, average=None)
    )


@given(label_pairs())
def test_renaming_the_classes_renames_the_answer(pair):
    truth, guess, k = pair
    names = np.random.default_rng(0).permutation(k)
    before = metrics.classification_summary(truth, guess, k)
    after = metrics.classification_summary(names[truth], names[guess], k)
    np.testing.assert_allclose(after.recall[names], before.recall)
    np.testing.assert_allclose(after.f1[names], before.f1)
    for name in ("matthews", "cohen_kappa", "geometric_mean", "balanced_accuracy", "worst_class"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-12)


@given(label_pairs())
def test_scaling_the_matrix_changes_nothing(pair):
    confusion = metrics.confusion_matrix(*pair)
    for metric in (metrics.accuracy, metrics.matthews, metrics.cohen_kappa, metrics.macro_f1):
        one, third = metric.from_confusion(confusion), metric.from_confusion(confusion / 3)
        assert third == pytest.approx(one, abs=1e-12)


def test_absent_classes_are_nan_and_left_out():
    truth, guess = [0, 0, 1], [0, 0, 0]
    assert np.isnan(metrics.recall(truth, guess, 4)[2:]).all()
    assert np.isnan(metrics.precision(truth, guess, 4)[1:]).all()
    assert metrics.balanced_accuracy(truth, guess, 4) == 0.5
    assert metrics.worst_class([0, 0], [0, 0], 4) == 1.0


def test_one_class_in_both_shows_nothing_beyond_chance():
    assert metrics.cohen_kappa([1, 1], [1, 1]) == 0
    assert metrics.matthews([1, 1], [1, 1]) == 0


def test_geometric_mean_of_many_classes_does_not_underflow():
    eye = np.full((2000, 2000), 0.0)
    np.fill_diagonal(eye, 1.0)
    eye[:, 0] += 3.0
    eye[0, 0] = 1.0
    assert metrics.geometric_mean.from_confusion(eye) == pytest.approx(0.25 ** (1999 / 2000))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.uint64, bool])
def test_any_integer_type_counts_without_overflow(dtype):
    truth = np.array([0, 1, 1, 0] * 50, dtype=dtype)
    expected = [[100, 0], [100, 0]]
    zeros = np.zeros(200, dtype=dtype)
    np.testing.assert_array_equal(metrics.confusion_matrix(truth, zeros, 2), expected)


def test_uint8_labels_above_fifteen_do_not_wrap():
    labels = np.arange(200, dtype=np.uint8)
    np.testing.assert_array_equal(metrics.confusion_matrix(labels, labels), np.eye(200))


@pytest.mark.parametrize(
    ("target", "predicted", "n_classes", "message"),
    [
        ([0, 1], [0, 1, 1], None, r"target \(2,\) and predicted \(3,\)"),
        ([], [], None, r"target must be \(N,\) with at least one row, got shape \(0,\)"),
        ([0, 1], [[0.9, 0.1], [0.2, 0.8]], None, r"predicted must be \(N,\).*\(2, 2\)"),
        (["a", "b"], [0, 1], None, "target must hold class numbers.*np.unique"),
        ([0, 1.5], [0, 1], None, "target must hold class numbers.*float64"),
        ([0, -1], [0, 1], None, "got -1"),
        ([0, 3], [0, 1], 3, r"label 3 lies outside the 3 classes 0\.\.2"),
    ],
)
@pytest.mark.parametrize("metric", [metrics.confusion_matrix, *DECISION_METRICS])
def test_bad_labels_are_named(metric, target, predicted, n_classes, message):
    with pytest.raises(ValueError, match=message):
        metric(target, predicted, n_classes)


@pytest.mark.parametrize(
    "confusion", [np.ones((2, 3)), np.ones(4), np.zeros((2, 2)), -np.eye(2), np.eye(2) * np.nan]
)
@pytest.mark.parametrize("metric", DECISION_METRICS)
def test_bad_matrices_are_named(metric, confusion):
    with pytest.raises(ValueError, match="a confusion matrix must"):
        metric.from_confusion(confusion)


def test_metrics_read_as_functions_of_labels():
    assert metrics.recall.__name__ == "recall"
    assert "NaN for a class without rows" in metrics.recall.__doc__
    names = metrics.recall.__code__.co_varnames[:3]
    assert names == ("target", "predicted", "n_classes")
