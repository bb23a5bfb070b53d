"""Class probabilities: by hand, as fractions, at the ends, with classes without rows."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.kit.samplers import (
    effective_number_probabilities,
    power_probabilities,
    progressively_balanced_probabilities,
)

COUNTS = st.lists(st.integers(0, 10**7), min_size=2, max_size=8).filter(any)


def test_powers_by_hand():
    np.testing.assert_allclose(power_probabilities([81, 16, 1], 1), np.array([81, 16, 1]) / 98)
    np.testing.assert_allclose(power_probabilities([81, 16, 1], 0.5), np.array([9, 4, 1]) / 14)
    np.testing.assert_allclose(power_probabilities([81, 16, 1], 0), np.ones(3) / 3)


def test_q_minus_one_is_bbns_reversed_sampler():
    weights = np.array([100 / 100, 100 / 20, 100 / 5])  # w_i = N_max / N_i
    np.testing.assert_allclose(power_probabilities([100, 20, 5], -1), weights / weights.sum())


def test_effective_number_as_fractions():
    beta, counts = Fraction(9, 10), [5, 2]
    mass = [n * (1 - beta) / (1 - beta**n) for n in counts]
    exact = [float(m / sum(mass)) for m in mass]
    np.testing.assert_allclose(effective_number_probabilities(counts, 0.9), exact, rtol=1e-14)


@given(COUNTS)
def test_effective_number_ends_at_the_datas_own_and_the_even_distribution(counts):
    own, even = power_probabilities(counts, 1), power_probabilities(counts, 0)
    np.testing.assert_allclose(effective_number_probabilities(counts, 0.0), own)
    np.testing.assert_allclose(effective_number_probabilities(counts, 1.0), even)


def test_progress_by_hand():
    np.testing.assert_allclose(
        progressively_balanced_probabilities([6, 3, 1], 0.25),
        [0.75 * 0.6 + 0.25 / 3, 0.75 * 0.3 + 0.25 / 3, 0.75 * 0.1 + 0.25 / 3],
    )


@given(COUNTS, st.floats(-50, 50), st.floats(0, 1), st.floats(0, 1))
def test_always_probabilities_and_nothing_for_a_class_without_rows(counts, q, beta, progress):
    for p in (
        power_probabilities(counts, q),
        effective_number_probabilities(counts, beta),
        progressively_balanced_probabilities(counts, progress),
    ):
        assert p.sum() == pytest.approx(1)
        assert (p[np.array(counts) == 0] == 0).all()
        assert (p >= 0).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: power_probabilities([0, 0], 1), "counts"),
        (lambda: power_probabilities([-1, 2], 1), "counts"),
        (lambda: power_probabilities([1, 2], float("nan")), "q must be"),
        (lambda: progressively_balanced_probabilities([1, 2], 1.5), "progress must be"),
        (lambda: effective_number_probabilities([1, 2], 1.5), "beta must be"),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
