"""What is drawn has the law it says: exact laws, fixed seeds, and a wrong law that is refused."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from steelyard.kit.samplers import (
    ClassBalancedSampler,
    EffectiveNumberSampler,
    PowerSampler,
    ProgressivelyBalancedSampler,
    ShuffledSampler,
    SquareRootSampler,
    WeightedSampler,
    effective_number_probabilities,
    power_probabilities,
)
from steelyard.kit.samplers.draws import deal, draw_by_weight

COUNTS = [400, 80, 0, 20]
TARGET = np.random.default_rng(5).permutation(np.repeat(np.arange(4), COUNTS))
DRAWS = 20_000

LAWS = {
    "balanced": (ClassBalancedSampler(TARGET, n_samples=DRAWS), power_probabilities(COUNTS, 0)),
    "root": (SquareRootSampler(TARGET, n_samples=DRAWS), power_probabilities(COUNTS, 0.5)),
    "reversed": (PowerSampler(TARGET, -1, n_samples=DRAWS), power_probabilities(COUNTS, -1)),
    "effective": (
        EffectiveNumberSampler(TARGET, 0.99, n_samples=DRAWS),
        effective_number_probabilities(COUNTS, 0.99),
    ),
}


def p_value(drawn: np.ndarray, probabilities: np.ndarray) -> float:
    possible = probabilities > 0
    counts = np.bincount(drawn, minlength=probabilities.size)
    assert (counts[~possible] == 0).all()
    return chisquare(counts[possible], probabilities[possible] * drawn.size).pvalue


@pytest.mark.parametrize("name", LAWS)
def test_classes_and_their_rows_come_as_often_as_they_should(name):
    sampler, probabilities = LAWS[name]
    rows = np.array(list(sampler))
    assert p_value(TARGET[rows], probabilities) > 1e-3
    assert p_value(rows, (probabilities / np.maximum(COUNTS, 1))[TARGET]) > 1e-3


def test_the_laws_are_told_apart():
    drawn = TARGET[list(LAWS["root"][0])]
    for name in ("balanced", "reversed", "effective"):
        assert p_value(drawn, LAWS[name][1]) < 1e-12


@pytest.mark.parametrize("sampler", [LAWS["balanced"][0], LAWS["reversed"][0]])
def test_one_draw_says_nothing_about_the_next(sampler):
    classes = TARGET[list(sampler)]
    table = np.zeros((4, 4))
    np.add.at(table, (classes[::2], classes[1::2]), 1)
    assert chi2_contingency(table[np.ix_([0, 1, 3], [0, 1, 3])]).pvalue > 1e-3


def test_progressively_balanced_goes_from_the_datas_own_to_even():
    sampler = ProgressivelyBalancedSampler(TARGET, n_epochs=5, n_samples=DRAWS)
    own, even = power_probabilities(COUNTS, 1), power_probabilities(COUNTS, 0)
    for epoch, progress in [(0, 0), (1, 0.25), (2, 0.5), (4, 1), (9, 1)]:
        sampler.set_epoch(epoch)
        drawn = TARGET[list(sampler)]
        assert p_value(drawn, (1 - progress) * own + progress * even) > 1e-3
    assert p_value(drawn, 0.25 * own + 0.75 * even) < 1e-12


def test_without_replacement_a_class_gives_all_its_rows_before_one_again():
    rows = list(ClassBalancedSampler(TARGET, replacement=False, n_samples=999))
    for k in (0, 1, 3):
        times = np.bincount(rows, minlength=TARGET.size)[k == TARGET]
        assert times.max() - times.min() <= 1
    assert p_value(TARGET[rows], power_probabilities(COUNTS, 0)) > 1e-3
    with_replacement = np.bincount(list(LAWS["balanced"][0]), minlength=500)[TARGET == 3]
    assert with_replacement.max() - with_replacement.min() > 1


def test_weighted_rows_with_replacement():
    weights = np.random.default_rng(3).random(50) ** 2
    weights[[0, 7, 49]] = 0
    rows = np.array(list(WeightedSampler(weights, n_samples=DRAWS)))
    assert p_value(rows, weights / weights.sum()) > 1e-3
    halves = [np.bincount(half, minlength=50)[weights > 0.01] for half in np.split(rows, 2)]
    assert chi2_contingency(halves).pvalue > 1e-3


class Rigged:
    """Random numbers at the edges: the first key is 0, the last rounds up to the whole weight."""

    def standard_exponential(self, n):
        return np.array([0.0] + [1.0] * (n - 2) + [1e-30])

    def permuted(self, rows):
        return rows


def test_rows_of_weight_zero_at_either_end_are_never_drawn():
    weights = np.array([0.0, 1.0, 1.0, 0.0])
    assert draw_by_weight(weights, 3, True, Rigged()).tolist() == [1, 2, 2]


def test_weighted_rows_without_replacement_follow_the_law_of_one_after_the_other():
    weights = np.array([5.0, 3.0, 0.0, 2.0])
    sampler = WeightedSampler(weights, n_samples=3, replacement=False)
    orders = list(permutations([0, 1, 3]))
    exact = [weights[a] / 10 * weights[b] / (10 - weights[a]) for a, b, _ in orders]
    seen = [orders.index(tuple(sampler.order(epoch).tolist())) for epoch in range(4_000)]
    assert p_value(np.array(seen), np.array(exact)) > 1e-3


def test_weights_in_any_scale_draw_the_same():
    weights = np.array([1.0, 0.5, 0.25])
    small, large = WeightedSampler(weights * 1e-200), WeightedSampler(weights * 2.0**500)
    assert list(small) == list(large) == list(WeightedSampler(weights))


@given(st.integers(1, 9), st.integers(1, 30), st.integers(1, 5), st.integers(0, 99))
def test_a_deck_repeats_no_row_in_a_hand_and_uses_all_alike(n_rows, n_hands, size, seed):
    rows = np.arange(n_rows) * 10
    hands = deal(rows, n_hands, size, np.random.default_rng(seed))
    assert hands.shape == (n_hands, size)
    assert set(hands.ravel()) <= set(rows)
    for hand in hands:
        times = np.unique(hand, return_counts=True)[1]
        assert times.size == min(size, n_rows)
        assert times.max() - times.min() <= 1
    if size == 1:
        times = np.bincount(hands.ravel() // 10, minlength=n_rows)
        assert times.max() - times.min() <= 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: WeightedSampler([1.0, -1.0]), "weights must be"),
        (lambda: WeightedSampler([0.0, 0.0]), "weights must be"),
        (lambda: WeightedSampler([1.0, float("nan")]), "weights must be"),
        (lambda: WeightedSampler([[1.0]]), "weights must be"),
        (lambda: WeightedSampler([1.0, 0.0], replacement=False), "2 draws .* 1 rows"),
        (lambda: ClassBalancedSampler([0.5, 1.0]), "class numbers"),
        (lambda: ProgressivelyBalancedSampler([0, 1], n_epochs=1), "n_epochs"),
        (lambda: ShuffledSampler(0), "0 items"),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
