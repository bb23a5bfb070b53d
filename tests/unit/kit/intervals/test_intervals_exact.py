"""Exact tests and Holm: hand-computed and against scipy."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from steelyard.kit.intervals import (
    below_chance,
    binomial_tail,
    fisher_exact,
    holm,
    mcnemar_exact,
)


@st.composite
def counts(draw):
    n = draw(st.integers(1, 3000))
    return draw(st.integers(0, n)), n


def test_tails_by_hand():
    assert binomial_tail(0, 29, 0.1, "below") == pytest.approx(0.9**29)
    assert binomial_tail(2, 2, 0.1, "above") == pytest.approx(0.01)
    assert binomial_tail(1, 3, 0.5, "below") == pytest.approx(4 / 8)


@given(counts(), st.floats(0.001, 0.999))
def test_tails_agree_with_scipy(count, chance):
    hits, n = count
    for side, alternative in (("below", "less"), ("above", "greater")):
        oracle = stats.binomtest(hits, n, chance, alternative).pvalue
        assert binomial_tail(hits, n, chance, side) == pytest.approx(oracle, rel=1e-8, abs=1e-300)


def test_tails_at_the_ends():
    assert binomial_tail(5, 5, 0.3, "below") == 1
    assert binomial_tail(0, 5, 0.3, "above") == 1
    assert binomial_tail(0, 0, 0.3, "below") == 1
    np.testing.assert_array_equal(binomial_tail([0, 1], 3, [0, 1], "below"), [1, 0])


def test_tails_broadcast():
    grid = binomial_tail(np.arange(3)[:, None], [10, 20], 0.1, "below")
    assert grid.shape == (3, 2)
    assert grid[1, 1] == binomial_tail(1, 20, 0.1, "below")


@pytest.mark.parametrize(
    ("hits", "n", "chance", "side", "message"),
    [
        (1.5, 3, 0.1, "below", "whole counts"),
        (4, 3, 0.1, "below", "0 <= part <= n"),
        (1, 3, 1.1, "below", "chance"),
        (1, 3, 0.1, "both", "side must be below or above, got 'both'"),
    ],
)
def test_bad_input_is_named(hits, n, chance, side, message):
    with pytest.raises(ValueError, match=message):
        binomial_tail(hits, n, chance, side)


@pytest.mark.parametrize(
    ("n", "k", "alpha"), [(29, 10, 0.05), (51, 10, 0.05 / 10), (299, 100, 0.05)]
)
def test_rows_needed_to_prove_below_chance(n, k, alpha):
    """The figures of DESIGN section 5."""
    assert below_chance(0, n, 1 / k, alpha) == "below"
    assert below_chance(0, n - 1, 1 / k, alpha) == "unknown"


def test_above_and_unknown():
    # P(X >= 7) = .0216 and P(X >= 6) = .0637 for Binomial(29, 1/10)
    assert below_chance(7, 29, 0.1) == "above"
    assert below_chance(6, 29, 0.1) == "unknown"
    assert below_chance(30, 100, 0.1) == "above"
    assert below_chance(10, 100, 0.1) == "unknown"
    assert below_chance(0, 0, 0.1) == "unknown"


def test_a_model_at_chance_is_seldom_accused():
    hits = np.random.default_rng(0).binomial(60, 0.1, 2000)
    answers = [below_chance(int(h), 60, 0.1) for h in hits]
    assert answers.count("below") <= 0.06 * 2000
    assert answers.count("above") <= 0.06 * 2000


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_the_binomial_test_of_a_coin(negative, positive):
    p = mcnemar_exact(negative, positive)
    assert 0 < p <= 1
    assert p == mcnemar_exact(positive, negative)
    if negative + positive:
        oracle = stats.binomtest(negative, negative + positive).pvalue
        assert p == pytest.approx(oracle, rel=1e-9)


def test_mcnemar_by_hand_and_vectorised():
    np.testing.assert_allclose(mcnemar_exact([0, 0, 1], [0, 5, 5]), [1, 2 / 32, 14 / 64])
    with pytest.raises(ValueError, match="0 <= part <= n"):
        mcnemar_exact(-1, 3)
    with pytest.raises(ValueError, match="whole"):
        mcnemar_exact(0.5, 3)


def test_fisher_by_hand():
    # 0 of 3 against 3 of 3: one table of C(6, 3) = 20, its mirror as unlikely
    assert fisher_exact(0, 3, 3, 3, "less") == pytest.approx(1 / 20)
    assert fisher_exact(0, 3, 3, 3, "greater") == pytest.approx(1)
    assert fisher_exact(0, 3, 3, 3) == pytest.approx(2 / 20)


@given(counts(), counts())
def test_fisher_is_the_hypergeometric_tail(tail, head):
    (a, n_a), (b, n_b) = tail, head
    oracle = stats.hypergeom(n_a + n_b, a + b, n_a).cdf(a)
    assert fisher_exact(a, n_a, b, n_b, "less") == pytest.approx(
        min(oracle, 1), rel=1e-6, abs=1e-12
    )


def test_fisher_names_bad_input():
    with pytest.raises(ValueError, match="0 <= part <= n"):
        fisher_exact(4, 3, 1, 2)
    with pytest.raises(ValueError, match="alternative"):
        fisher_exact(1, 3, 1, 2, "smaller")


def test_holm_by_hand():
    # sorted .01 .02 .03 .5 times 4 3 2 1 = .04 .06 .06 .5
    np.testing.assert_allclose(holm([0.5, 0.01, 0.03, 0.02]), [0.5, 0.04, 0.06, 0.06])
    np.testing.assert_allclose(holm([0.9, 0.8]), [1, 1])
    assert holm([]).size == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_lies_between_raw_and_bonferroni_and_keeps_the_order(pvalues):
    p = np.array(pvalues)
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(p * p.size, 1) + 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


def test_holm_keeps_the_family_error():
    """All nulls true: some rejection in at most 5 % of families."""
    families = np.random.default_rng(0).random((2000, 8))
    assert np.mean([holm(p).min() <= 0.05 for p in families]) <= 0.06


@pytest.mark.parametrize("pvalues", [[0.5, np.nan], [1.2], [-0.1], [[0.1]], 0.1])
def test_holm_names_bad_input(pvalues):
    with pytest.raises(ValueError, match="pvalues must be"):
        holm(pvalues)


def test_comb_agrees_with_the_tail():
    """A third way to the same number: counting."""
    ways = sum(comb(12, k) for k in range(4)) / 2**12
    assert binomial_tail(3, 12, 0.5, "below") == pytest.approx(ways)
