"""Permutation tests: against full enumeration, and their error rate under the null."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.kit.intervals import balanced_accuracy_permutation_test, sign_flip_test
from steelyard.kit.metrics import balanced_accuracy, confusion_matrix

ALTERNATIVES = ["two-sided", "less", "greater"]


def enumerated_sign_flips(differences, classes, alternative):
    """All 2^N sign patterns."""
    weights = np.array([1 / np.sum(classes == k) for k in classes]) / len(set(classes))
    signs = np.array(list(product([-1, 1], repeat=len(differences))))
    null, observed = signs @ (weights * differences), weights @ differences
    side = {"two-sided": np.abs, "less": np.negative, "greater": np.positive}[alternative]
    return (side(null) >= side(observed) - 1e-12).mean()


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("values", [[-1, 0, 1], [-1, -1 / 3, 1 / 3, 1], None])
def test_sign_flips_agree_with_enumeration(alternative, values):
    rng = np.random.default_rng(3)
    for _ in range(3):
        classes = np.r_[0, 1, 2, rng.integers(0, 3, 7)]
        drawn = rng.normal(0.4, 1, 10) if values is None else rng.choice(values, 10)
        expected = enumerated_sign_flips(drawn, classes, alternative)
        p = sign_flip_test(drawn, classes, alternative=alternative, n_resamples=20_000)
        assert p == pytest.approx(expected, abs=0.015)


def test_without_classes_it_is_the_plain_mean():
    # five gains, no loss: 1 of 32 patterns as good, 2 as extreme
    assert sign_flip_test([1] * 5, n_resamples=20_000) == pytest.approx(2 / 32, abs=0.01)
    one_sided = sign_flip_test([1] * 5, alternative="greater", n_resamples=20_000)
    assert one_sided == pytest.approx(1 / 32, abs=0.01)


def test_rare_classes_weigh_as_much_as_frequent_ones():
    classes = np.repeat([0, 1], [900, 20])
    differences = np.r_[[-1] * 20, [0] * 880, [1] * 15, [0] * 5]
    assert sign_flip_test(differences) > 0.1
    assert sign_flip_test(differences, classes, alternative="greater") < 0.001


def test_rows_of_one_group_count_once():
    differences = np.ones(40)
    groups = np.repeat(["a", "b", "c", "d"], 10)
    assert sign_flip_test(differences) < 0.001
    p = sign_flip_test(differences, groups=groups, n_resamples=20_000)
    assert p == pytest.approx(2 / 16, abs=0.01)


@settings(max_examples=30)
@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=30))
def test_sides_mirror_and_equal_seeds_agree(differences):
    d = np.array(differences)
    both = sign_flip_test(d, n_resamples=200)
    assert 0 < both <= 1
    assert both == sign_flip_test(d, n_resamples=200) == sign_flip_test(-d, n_resamples=200)
    up = sign_flip_test(d, alternative="greater", n_resamples=4000)
    down = sign_flip_test(-d, alternative="less", n_resamples=4000)
    assert up == pytest.approx(down, abs=0.06)


def test_no_p_value_is_zero():
    assert sign_flip_test(np.ones(500), n_resamples=99) == 0.01
    assert balanced_accuracy_permutation_test(500 * np.eye(3, dtype=int), n_resamples=99) == 0.01


def test_no_difference_is_no_proof():
    assert sign_flip_test(np.zeros(10)) == 1


def test_sign_flips_keep_their_level_on_a_long_tail():
    rng, classes = np.random.default_rng(0), np.repeat(np.arange(5), [60, 30, 15, 8, 4])
    pvalues = [
        sign_flip_test(
            rng.choice([-1, 0, 1], classes.size, p=[0.15, 0.7, 0.15]), classes, n_resamples=199
        )
        for _ in range(600)
    ]
    assert np.mean(np.array(pvalues) <= 0.05) <= 0.075


def test_a_million_rows_are_quick_since_equal_sizes_share_a_draw():
    differences = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], 1_000_000)
    classes = np.arange(1_000_000) % 10
    assert 0.001 < sign_flip_test(differences, classes) <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"differences": []}, r"differences must be \(N,\)"),
        ({"differences": [1, np.nan]}, "finite"),
        ({"differences": [1, 0], "classes": [1]}, r"classes \(1,\) and differences \(2,\)"),
        ({"differences": [1, 0], "groups": [1]}, r"groups \(1,\) and differences \(2,\)"),
        ({"differences": [1, 0], "alternative": "up"}, "alternative must be"),
        ({"differences": [1, 0], "n_resamples": 0}, "n_resamples"),
    ],
)
def test_sign_flips_name_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        sign_flip_test(**arguments)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_permuted_balanced_accuracy_agrees_with_enumeration(alternative):
    truth, guess = [0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 1, 0, 2]
    side = {
        "two-sided": lambda x: np.abs(x - 1 / 3),
        "less": np.negative,
        "greater": np.positive,
    }[alternative]
    null = np.array([balanced_accuracy(truth, list(p), 3) for p in set(permutations(guess))])
    # distinct orders of a multiset are equally likely
    expected = (side(null) >= side(balanced_accuracy(truth, guess)) - 1e-12).mean()
    confusion = confusion_matrix(truth, guess)
    p = balanced_accuracy_permutation_test(confusion, alternative=alternative, n_resamples=20_000)
    assert p == pytest.approx(expected, abs=0.015)


def test_it_tells_a_model_that_knows_from_one_that_guesses():
    rng = np.random.default_rng(0)
    truth = rng.choice(10, 3000, p=np.geomspace(1, 0.02, 10) / np.geomspace(1, 0.02, 10).sum())
    knows = np.where(rng.random(3000) < 0.2, truth, rng.permutation(truth))
    wrong = np.where(rng.random(3000) < 0.98, (truth + 1) % 10, truth)
    test = balanced_accuracy_permutation_test
    assert test(confusion_matrix(truth, knows, 10), alternative="greater") == 0.001
    assert test(confusion_matrix(truth, wrong, 10), alternative="less") == 0.001


def test_it_keeps_its_level_for_guessers():
    rng, truth = np.random.default_rng(0), np.repeat([0, 1, 2], [60, 12, 4])
    pvalues = [
        balanced_accuracy_permutation_test(
            confusion_matrix(truth, rng.permutation(truth), 3), n_resamples=199, random_state=seed
        )
        for seed in range(300)
    ]
    assert np.mean(np.array(pvalues) <= 0.05) <= 0.08


def test_absent_classes_do_not_count_and_a_constant_proves_nothing():
    assert balanced_accuracy_permutation_test([[5, 0, 1], [0, 0, 0], [3, 0, 0]]) > 0.1
    assert balanced_accuracy_permutation_test([[5, 0], [5, 0]]) == 1


@pytest.mark.parametrize(
    "confusion", [np.ones((2, 3)), np.zeros((2, 2)), -np.eye(2), np.eye(2) / 2]
)
def test_it_names_bad_matrices(confusion):
    with pytest.raises(ValueError, match="a confusion matrix must"):
        balanced_accuracy_permutation_test(confusion)
