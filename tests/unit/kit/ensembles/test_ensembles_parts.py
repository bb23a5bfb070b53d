"""The parts of the ensembles by hand: bins, pseudo-loss, costs, hardness, synthetic rows, prior."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from imbalanced_tables import gaps, made, two_classes
from sklearn.base import clone
from sklearn.datasets import load_digits

from steelyard.kit.ensembles.adacost import AdaCostClassifier
from steelyard.kit.ensembles.binned import Bins
from steelyard.kit.ensembles.costs import cost_table, mistake_costs
from steelyard.kit.ensembles.features import Reading
from steelyard.kit.ensembles.hardness import by_hardness
from steelyard.kit.ensembles.members import LEARNERS, fit_member
from steelyard.kit.ensembles.pseudo_loss import PseudoLoss
from steelyard.kit.ensembles.synthesis import Neighbours
from steelyard.kit.ensembles.thinning import thinned

VALUES = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))


@given(arrays(np.float64, st.tuples(st.integers(1, 400), st.just(1)), elements=VALUES))
def test_codes_keep_the_order_and_say_what_is_missing(X):
    codes = Bins.of(X).codes(X)[:, 0].astype(int)
    column, known = X[:, 0], ~np.isnan(X[:, 0])
    np.testing.assert_array_equal(codes == 0, ~known)
    order = np.argsort(column[known], kind="stable")
    assert (np.diff(codes[known][order]) >= 0).all()
    if np.unique(column[known]).size <= 50:  # halves of neighbours may round to one of them
        distinct = np.unique(column[known])
        middles = distinct[:-1] / 2 + distinct[1:] / 2
        if ((middles > distinct[:-1]) | (middles == distinct[:-1])).all():
            assert np.unique(codes[known]).size == distinct.size


@pytest.mark.parametrize("shape", ["normal", "lognormal", "whole", "huge", "tiny", "two", "inside"])
def test_codes_of_many_rows_are_those_of_a_search(shape):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(9_000, 1))
    X = {
        "lognormal": np.exp(5 * X),
        "whole": (10 * X).round(),
        "huge": X * 3e307,
        "tiny": X * 1e-310,
        "two": (X > 0) * 1.0,
        "inside": np.where(rng.random(X.shape) < 0.5, X * 1e-9, X),
    }.get(shape, X)
    bins = Bins.of(X)
    new = np.r_[X, bins.edges[0][:, None], [[np.nan], [X.min() - 1], [1.7e308], [-1.7e308]]]
    found = bins.codes(new)[:, 0]
    known = ~np.isnan(new[:, 0])
    np.testing.assert_array_equal(found[known], np.searchsorted(bins.edges[0], new[known, 0]) + 1)
    assert (found[~known] == 0).all()


def test_bins_of_many_values_hold_the_same_number_of_rows():
    X = np.random.default_rng(0).lognormal(size=(50_800, 1))
    counts = np.bincount(Bins.of(X).codes(X)[:, 0])
    assert counts[0] == 0
    assert len(counts) == 255
    assert counts[1:].min() > 190
    assert counts[1:].max() < 210


@pytest.mark.parametrize("name", ["UnderBaggingClassifier", "SMOTEBoostClassifier"])
def test_no_unit_and_no_monotone_scale_changes_the_model(name):
    X, y, *_ = two_classes(600)
    first = made(name, 4).fit(X, y).predict_proba(X)
    second = made(name, 4).fit(np.exp(X) * 1000, y).predict_proba(np.exp(X) * 1000)
    np.testing.assert_allclose(first, second, atol=1e-9)


def test_pseudo_loss_by_hand():
    y = np.array([0, 1])
    boosting = PseudoLoss.start(y, np.array([1.0, 3.0]), 3)
    np.testing.assert_allclose(boosting.weights, [[0, 1 / 8, 1 / 8], [3 / 8, 0, 3 / 8]])
    assert boosting.loss(np.zeros((2, 3))) == pytest.approx(0.5)
    proba = np.array([[0.8, 0.2, 0.0], [0.4, 0.5, 0.1]])
    # margins: .6 and .8 of the first row, .1 and .4 of the second
    margin = boosting.margin(proba)
    np.testing.assert_allclose(margin, [[0, 0.6, 0.8], [0.1, 0, 0.4]])
    assert boosting.loss(margin) == pytest.approx((0.4 + 0.2 + 3 * 0.9 + 3 * 0.6) / 16)
    boosting.step(margin, 2.0)
    raw = np.array([np.exp([-0.6, -0.8]), 3 * np.exp([-0.1, -0.4])])
    np.testing.assert_allclose(boosting.weights[0, 1:], raw[0] / raw.sum())
    np.testing.assert_allclose(boosting.weights[1, [0, 2]], raw[1] / raw.sum())
    assert boosting.vote(0.3) < boosting.vote(0.0) == pytest.approx(np.log(3))  # half a row of two


def test_costs_by_hand():
    counts = np.array([80, 20, 10])
    np.testing.assert_allclose(cost_table(None, counts)[:, 0], [0, 0.5, 1])
    np.testing.assert_allclose(cost_table("uniform", counts), 1 - np.eye(3))
    table = cost_table([[9, 1, 2], [4, 0, 1], [1, 2, 0]], counts)
    np.testing.assert_allclose(table, np.array([[0, 1, 2], [4, 0, 1], [1, 2, 0]]) / 4)
    proba = np.array([[0.9, 0.0, 0.1], [0.2, 0.1, 0.7], [0.5, 0.3, 0.2]])
    np.testing.assert_allclose(mistake_costs(table, np.array([0, 1, 2]), proba), [0.5, 0.25, 0.25])
    for wrong in ("cheap", np.ones((2, 2)), [[0, -1, 1]] * 3, np.zeros((3, 3))):
        with pytest.raises(ValueError, match="cost_matrix"):
            cost_table(wrong, counts)


def test_adacost_moves_costly_mistakes_up_and_costly_hits_less_down():
    model = AdaCostClassifier()
    model.cost_matrix_ = np.array([[0, 0.2], [1, 0]])
    factor = model._factor(np.array([1.0, -1.0, 1.0, -1.0]), np.array([0.2, 0.2, 1.0, 1.0]))
    np.testing.assert_allclose(factor, [0.5, 0.5, 0.3, 0.7])


def draw(hardness, n, factor, **settings):
    settings = {"k_bins": 2, "soft": False, "replacement": False, **settings}
    return by_hardness(hardness, n, factor, np.random.default_rng(0), **settings)


def test_hard_bins_have_their_share_by_hand():
    hardness = np.r_[np.full(80, 0.1), np.full(20, 0.9)]
    # shares 1 / (.1 + tan) and 1 / (.9 + tan): 9 to 1 at the start, alike in the end
    assert (draw(hardness, 20, 0.0) < 80).sum() == 18
    assert (draw(hardness, 20, 0.7) < 80).sum() == round(20 * (1 / 0.8) / (1 / 0.8 + 1 / 1.6))
    assert (draw(hardness, 20, 1e9) < 80).sum() == 10
    # the hard bin has only 20 rows, so the rest comes from the easy one
    assert (draw(hardness, 60, 1e9) >= 80).sum() == 20
    assert len(np.unique(draw(hardness, 60, 1e9))) == 60
    assert (draw(hardness, 60, 1e9, replacement=True) >= 80).sum() == 30
    soft = [
        (by_hardness(
            hardness, 20, 1e9, np.random.default_rng(s), k_bins=2, soft=True, replacement=True
        ) >= 80).sum()
        for s in range(200)
    ]  # fmt: skip
    assert 9 < np.mean(soft) < 11
    assert np.ptp(soft) > 3


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=80),
    st.floats(0, 50),
    st.integers(1, 8),
    st.booleans(),
    st.data(),
)
def test_draws_by_hardness_have_the_number_asked_for(hardness, factor, bins, soft, data):
    n = data.draw(st.integers(1, len(hardness)))
    rows = draw(np.array(hardness), n, factor, k_bins=bins, soft=soft)
    assert len(rows) == len(np.unique(rows)) == n


def test_synthetic_rows_lie_between_a_row_and_a_neighbour():
    X, y, *_ = two_classes(400)
    features = Reading(None, None).of(gaps(X, 0.05))
    near = Neighbours.of(features, np.flatnonzero(y), 3)
    made_rows, start = near.synthesise(100, np.random.default_rng(0))
    times = np.bincount(start, minlength=len(y))[y == 1]
    assert times.max() - times.min() <= 1
    position = {row: i for i, row in enumerate(near.index)}
    for row, first in zip(made_rows, start):
        a = near.rows[position[first]]
        ends = [np.where(np.isnan(b), a, b) for b in near.rows[near.table[position[first]]]]
        shares = []
        for b in ends:
            apart = np.flatnonzero(~np.isnan(a) & (a != b))
            shares.append((row[apart] - a[apart]) / (b[apart] - a[apart]))
        on_a_line = [np.ptp(s) < 1e-6 and -1e-9 <= s[0] <= 1 + 1e-9 for s in shares]
        assert any(on_a_line)
        np.testing.assert_array_equal(np.isnan(row), np.isnan(a))


@pytest.mark.parametrize(
    "name", ["SMOTEBaggingClassifier", "SMOTEBoostClassifier", "KMeansSMOTEBoostClassifier"]
)
def test_a_class_with_fewer_rows_than_neighbours_gets_fewer_and_a_note(name):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2, 3], [60, 20, 3, 1])
    X = rng.normal(size=(84, 3)) + 4 * y[:, None]
    model = made(name, 5, k_neighbors=5).fit(X, y)
    assert [note.split(",")[0] for note in model.notes_] == [
        "class number 2 has 3 rows",
        "class number 3 has 1 rows",
    ]
    assert "2 neighbours instead of 5" in model.notes_[0]
    assert (model.predict(X) == y).mean() > 0.9
    with pytest.raises(ValueError, match="k_neighbors must be at least 1, got 0"):
        made(name, 5, k_neighbors=0).fit(X, y)


def test_a_thinned_round_keeps_the_heavy_rows_and_the_sum_of_the_light_ones():
    weight = np.r_[np.full(10, 50.0), np.ones(1_000)]
    rows, kept = thinned(weight, np.zeros(1_010, int), 110, np.random.default_rng(0))
    # 10 rows are in for sure; 100 places for 1,000 light rows, so mu is 10
    np.testing.assert_array_equal(rows[:10], np.arange(10))
    np.testing.assert_allclose(kept, np.r_[np.full(10, 50.0), np.full(100, 10.0)])
    assert (np.diff(rows[10:]) == 10).all()  # systematic: one of every ten


@given(st.integers(0, 10_000))
def test_thinning_is_right_on_average_and_deaf_to_rows_without_weight(seed):
    rng = np.random.default_rng(seed)
    weight = rng.lognormal(0, 2, 300) * (rng.random(300) < 0.8)
    value = rng.normal(size=300)
    n = int(rng.integers(2, 300))
    one_class = np.zeros(300, int)
    draws = [thinned(weight, one_class, n, rng) for _ in range(200)]
    if isinstance(draws[0][0], slice):
        assert np.count_nonzero(weight) <= n
        return
    assert all(abs(len(rows) - n) <= 1 and (weight[rows] > 0).all() for rows, _ in draws)
    sums = np.array([kept @ value[rows] for rows, kept in draws])
    total = weight.sum()
    np.testing.assert_allclose([kept.sum() for _, kept in draws], total, rtol=2 / n)
    assert abs(sums.mean() - weight @ value) <= 6 * sums.std() / np.sqrt(200) + 0.02 * total / n


def test_thinning_all_alike_is_a_uniform_sample():
    rows, kept = thinned(np.ones(1_000), np.arange(1_000) % 2, 250, np.random.default_rng(0))
    assert len(rows) == 250
    np.testing.assert_allclose(kept, 4)


def test_thinning_loses_no_row_of_a_small_class_and_stays_right_on_average():
    y = np.repeat([0, 1, 2], [900, 97, 3])
    rng = np.random.default_rng(0)
    weight = np.where(y == 0, 1.0, 0.01)
    weight[-1] = 0  # what has no weight stays out
    draws = [thinned(weight, y, 300, rng) for _ in range(4_000)]
    for rows, kept in draws:
        assert rows[-2:].tolist() == [997, 998]  # and 999 has no weight
        np.testing.assert_array_equal(kept[y[rows] == 2], [0.01, 0.01])
        assert len(rows) <= 1.25 * 300
    masses = np.mean([np.bincount(y[rows], kept, minlength=3) for rows, kept in draws], axis=0)
    np.testing.assert_allclose(masses, np.bincount(y, weight), rtol=0.1)  # 4 standard errors
    assert {np.sum(y[rows] == 1) for rows, _ in draws} <= {0, 1}  # 97 are not few beside 300 / 12


def test_default_trees_look_at_a_quarter_of_the_columns_and_at_five():
    for columns, looked_at in ((3, 3), (8, 5), (20, 5), (40, 10)):
        X = np.random.default_rng(0).normal(size=(60, columns)).astype(np.float32)
        member = fit_member(LEARNERS["forest-tree"], X, (X[:, 0] > 0).astype(int), seed=0)
        assert member.max_features_ == looked_at


def test_default_trees_are_grown_in_full_where_rows_weigh_alike():
    X, y, *_ = two_classes(400)
    for weight, leaf in ((None, 1), (np.full(len(y), 2.0), 1), (1.0 + y, 2)):
        for name in ("UnderBaggingClassifier", "BalancedRandomForestClassifier"):
            model = made(name, 2).fit(X, y, weight)
            assert {tree.min_samples_leaf for tree in model.estimators_} == {leaf}


def test_boosting_members_do_not_run_away_on_a_long_tail():
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    sizes = np.geomspace(130, 6, 10).astype(int)
    tail = [rng.permutation(np.flatnonzero(y == k))[:n] for k, n in enumerate(sizes)]
    train = np.concatenate(tail)
    test = np.setdiff1d(np.arange(len(y)), train)
    found = {}
    for l2 in (0, LEARNERS["boosting"].l2_regularization):
        template = clone(LEARNERS["boosting"]).set_params(l2_regularization=l2)
        member = fit_member(template, X[train], y[train], seed=0)
        right = member.predict(X[test]) == y[test]
        found[l2] = np.mean([right[y[test] == k].mean() for k in range(10)])
    assert found.pop(0) < 0.4  # scores of 15,000 for classes of a few rows
    assert min(found.values()) > 0.75


SMOTE_BOOSTERS = ["SMOTEBoostClassifier", "KMeansSMOTEBoostClassifier"]


@pytest.mark.parametrize("name", [*SMOTE_BOOSTERS, "OverBoostClassifier"])
@pytest.mark.parametrize("classes", [1, 2])
def test_a_thinned_round_has_the_masses_and_the_means_of_the_whole_one(name, classes, monkeypatch):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2][: classes + 1], [600, 600, 30] if classes == 2 else [600, 600])
    X = rng.normal(size=(len(y), 3)) + y[:, None]
    weight = rng.lognormal(0, 1, len(y))
    weight /= weight.sum()
    masses = np.bincount(y, weight)
    drawn = {}
    for most in (10**6, 200):
        room = "smote_boost" if "SMOTE" in name else "over_boost"
        monkeypatch.setattr(f"steelyard.kit.ensembles.{room}.rows_of_a_round", lambda task: most)  # noqa: B023
        rounds, model = [], made(name, 40)
        sample = model._sample

        def kept(task, _, counts, rng):
            rounds.append(sample(task, weight, counts, rng))  # noqa: B023
            return rounds[-1]  # noqa: B023

        model._sample = kept
        model.fit(X, y)
        drawn[most] = rounds
    assert all(abs(len(labels) - 200) <= 1 for _, labels, _ in drawn[200])
    mass, mean = (
        {
            most: np.mean(
                [np.bincount(labels, w * (X[:, 0] if of_X else 1)) for X, labels, w in rounds],
                axis=0,
            )
            for most, rounds in drawn.items()
        }
        for of_X in (False, True)
    )
    np.testing.assert_allclose(mass[10**6], masses)
    np.testing.assert_allclose(mass[200], masses, rtol=0.05)
    np.testing.assert_allclose(mean[200], mean[10**6], rtol=0.05)
