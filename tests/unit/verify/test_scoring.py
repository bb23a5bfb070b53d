"""Intervals and differences: by hand, against analytic errors, and by how often they are wrong."""

import numpy as np
import pytest

from steelyard.kit.metrics import GOALS, balanced_accuracy, log_loss
from steelyard.verify.scoring import BESIDE, Predictions, difference

BALANCED = GOALS["balanced-accuracy"]


def predictions(target: np.ndarray, *decided: np.ndarray, sure: float = 0.9) -> Predictions:
    """One set of decisions a seed; probabilities put ``sure`` on the decision."""
    k = int(target.max()) + 1
    predicted = np.array(decided)
    proba = np.full((*predicted.shape, k), (1 - sure) / (k - 1))
    np.put_along_axis(proba, predicted[..., None], sure, axis=2)
    return Predictions(target, proba, predicted)


def noisy(target: np.ndarray, right: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Decisions right with probability ``right[class]``, else the next class."""
    hit = rng.random(len(target)) < right[target]
    return np.where(hit, target, (target + 1) % len(right))


def test_balanced_accuracy_difference_by_hand() -> None:
    target = np.repeat([0, 1], [8, 4])
    old = np.repeat([0, 0], [8, 4])  # recall 1 and 0
    new = np.array([0] * 6 + [1] * 2 + [1] * 3 + [0])  # recall 6/8 and 3/4
    found = difference(BALANCED, predictions(target, new), predictions(target, old))
    assert found.mean == pytest.approx((6 / 8 + 3 / 4) / 2 - 0.5)
    assert found.low < found.mean < found.high


def test_no_change_is_exactly_nothing() -> None:
    target = np.repeat([0, 1, 2], 10)
    one = predictions(target, target, (target + 1) % 3)
    found = difference(BALANCED, one, one)
    assert (found.mean, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("name", sorted(GOALS))
def test_better_is_positive_whatever_the_goal_counts(name: str) -> None:
    target = np.repeat([0, 1, 2], 60)
    rng = np.random.default_rng(0)
    good = predictions(target, noisy(target, np.array([0.95, 0.9, 0.9]), rng))
    poor = predictions(target, noisy(target, np.array([0.5, 0.6, 0.4]), rng))
    gain, loss = (difference(GOALS[name], *pair) for pair in ((good, poor), (poor, good)))
    assert gain.mean > 0
    assert gain.low > 0
    assert gain.p < 0.01
    assert loss.mean == pytest.approx(-gain.mean)


def test_seeds_are_repetitions_not_rows() -> None:
    """The same decisions ten times over are no more evidence than once."""
    rng = np.random.default_rng(1)
    target = np.repeat([0, 1], [50, 20])
    old, new = noisy(target, np.array([0.8, 0.5]), rng), noisy(target, np.array([0.8, 0.7]), rng)
    once = difference(BALANCED, predictions(target, new), predictions(target, old))
    tenfold = difference(
        BALANCED, predictions(target, *[new] * 10), predictions(target, *[old] * 10)
    )
    assert tenfold.low == pytest.approx(once.low)
    assert tenfold.high == pytest.approx(once.high)


def test_seeds_that_disagree_widen_the_interval() -> None:
    target = np.repeat([0, 1], 100)
    base = predictions(target, *[np.zeros(200, int)] * 3)
    steady = np.where(np.arange(200) < 110, 0, 1)
    wild = [np.where(np.arange(200) < cut, 0, 1) for cut in (100, 200, 30)]
    narrow = difference(BALANCED, predictions(target, *[steady] * 3), base)
    wide = difference(BALANCED, predictions(target, *wild), base)
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_jackknife_agrees_with_the_textbook_error_of_a_mean() -> None:
    rng = np.random.default_rng(2)
    target = rng.integers(0, 3, 3000)
    logits = rng.normal(size=(3000, 3)) + 1.5 * np.eye(3)[target]
    proba = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    found = Predictions(target, proba[None], proba.argmax(1)[None]).interval(GOALS["log-loss"])
    loss = -np.log(proba[np.arange(3000), target])
    # within a class the jackknife is stratified: its variance is the mean within-class one
    within = sum(loss[target == k].var(ddof=1) * (target == k).mean() for k in range(3))
    assert found.mean == pytest.approx(log_loss(target, proba))
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.sqrt(within / 3000), rel=0.25)


def test_intervals_contain_their_estimate_and_stay_in_bounds() -> None:
    rng = np.random.default_rng(3)
    target = np.repeat([0, 1, 2], [40, 9, 2])
    one = predictions(target, noisy(target, np.array([0.9, 0.3, 0.5]), rng))
    found = one.metrics(BALANCED)
    assert set(found) == set(BESIDE)
    for name, interval in found.items():
        low, high = GOALS[name].bounds
        assert low <= interval.low <= interval.mean <= interval.high <= high
    assert found["balanced-accuracy"].mean == pytest.approx(
        balanced_accuracy(target, one.predicted[0])
    )


@pytest.mark.slow
@pytest.mark.parametrize("counts", [(300, 40, 8), (60, 60), (200, 50, 20, 6)])
def test_interval_of_a_difference_covers_the_truth(counts: tuple[int, ...]) -> None:
    """95 % limits must hold the true difference in at least 92 of 100 runs, on a long tail too."""
    target = np.repeat(np.arange(len(counts)), counts)
    before = np.linspace(0.9, 0.3, len(counts))
    after = np.linspace(0.8, 0.6, len(counts))
    truth, covered, runs = (after - before).mean(), 0, 200
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        found = difference(
            BALANCED,
            predictions(target, noisy(target, after, rng)),
            predictions(target, noisy(target, before, rng)),
        )
        covered += found.low <= truth <= found.high
    assert covered / runs >= 0.92


def test_log_loss_without_a_group_is_the_log_loss_of_the_rest() -> None:
    rng = np.random.default_rng(5)
    target = np.repeat([0, 1, 2], [30, 12, 5])
    one = predictions(target, *(noisy(target, np.array([0.9, 0.5, 0.5]), rng) for _ in range(2)))
    quick = one.without_each_group(GOALS["log-loss"])
    group = one._group
    slow = [
        np.mean([log_loss(target[group != g], p[group != g]) for p in one.proba])
        for g in range(one.n_groups)
    ]
    assert quick == pytest.approx(np.array(slow))


# ------------------------------------------------------------- classes decided alike
def all_found() -> tuple[Predictions, Predictions]:
    """6 rare rows of 493: one model finds none of them, the other all, and neither errs else."""
    target = np.repeat([0, 1], [487, 6])
    return predictions(target, target), predictions(target, np.zeros(493, int))


def test_six_of_six_right_rows_do_not_prove_a_perfect_model() -> None:
    perfect, blind = all_found()
    found = perfect.metrics(GOALS["macro-f1"])
    assert found["worst-class"].low == pytest.approx(0.541, abs=0.001)  # Clopper-Pearson, 6 of 6
    for name in ("macro-f1", "kappa"):
        assert found[name].mean == found[name].high == 1.0
        assert found[name].low < 0.9
    nothing = blind.interval(GOALS["macro-f1"])
    # Wilson leaves open that .39 of the six are found: an F1 of 2 * .39 / 1.39
    assert nothing.high == pytest.approx(nothing.mean + 0.39 / 1.39, abs=0.005)
    assert nothing.low == pytest.approx(nothing.mean, abs=0.005)


@pytest.mark.parametrize("name", ["macro-f1", "kappa", "worst-class"])
def test_six_changed_rows_are_no_surer_than_a_sign_test(name: str) -> None:
    found = difference(GOALS[name], *all_found())
    assert found.p == pytest.approx(2 / 2**6)
    assert 0 < found.low < found.mean - 0.05
    loss = difference(GOALS[name], *reversed(all_found()))
    assert (loss.low, loss.high, loss.p) == pytest.approx((-found.high, -found.low, found.p))


def test_macro_f1_covers_the_truth_where_a_class_is_all_wrong_by_luck() -> None:
    """6 rare rows with a recall of .1 are all wrong in half of the runs: by a jackknife 45 % were
    covered.
    """
    target, right = np.repeat([0, 1], [487, 6]), np.array([0.999, 0.1])
    many = np.repeat([0, 1], [487_000, 6_000])
    goal, covered, runs = GOALS["macro-f1"], 0, 100
    truth = predictions(many, noisy(many, right, np.random.default_rng(0))).value(goal)
    for seed in range(runs):
        found = predictions(target, noisy(target, right, np.random.default_rng(seed))).interval(
            goal
        )
        covered += found.low <= truth <= found.high
    assert covered / runs >= 0.95


# --------------------------------------------------------------------- rows in units
def in_groups(seed: int, size: int, n_groups: int) -> tuple[Predictions, Predictions]:
    """Two models of equal skill, each right or wrong about whole groups of rows."""
    rng = np.random.default_rng(seed)
    target = np.repeat(rng.permutation(np.arange(n_groups) % 4 == 0).astype(int), size)
    unit = np.repeat(np.arange(n_groups), size)
    models = []
    for _ in range(2):
        decided = np.where(np.repeat(rng.random(n_groups) < 0.7, size), target, 1 - target)
        one = predictions(target, decided)
        models.append(Predictions(target, one.proba, one.predicted, unit))
    return models[0], models[1]


@pytest.mark.parametrize("name", ["balanced-accuracy", "kappa"])
def test_rows_of_a_group_are_no_more_evidence_than_the_group(name: str) -> None:
    """Taken as 200 rows, 40 groups of five would cover a difference of nothing in 60 of 100."""
    runs, covered = 150, 0
    for seed in range(runs):
        found = difference(GOALS[name], *in_groups(seed, 5, 40))
        covered += found.low <= 0 <= found.high
    assert covered / runs >= 0.9


def test_units_of_one_row_change_nothing() -> None:
    grouped = in_groups(0, 1, 120)
    plain = [Predictions(p.target, p.proba, p.predicted) for p in grouped]
    assert difference(BALANCED, *grouped) == difference(BALANCED, *plain)
    assert grouped[0].metrics(BALANCED) == plain[0].metrics(BALANCED)


def test_units_never_narrow_an_interval() -> None:
    for seed in range(20):
        one, other = in_groups(seed, 4, 30)
        plain = [Predictions(p.target, p.proba, p.predicted) for p in (one, other)]
        found, by_rows = difference(BALANCED, one, other), difference(BALANCED, *plain)
        assert found.mean == by_rows.mean
        assert found.low <= by_rows.low
        assert found.high >= by_rows.high
        assert found.p >= by_rows.p


def test_one_unit_proves_nothing() -> None:
    target = np.repeat([0, 1], 30)
    one_unit = np.zeros(60, int)
    good, poor = (
        Predictions(target, (p := predictions(target, decided)).proba, p.predicted, one_unit)
        for decided in (target, 1 - target)
    )
    found = difference(BALANCED, good, poor)
    assert (found.mean, found.low, found.high, found.p) == (1.0, -1.0, 1.0, 1.0)
    assert good.interval(BALANCED).low == 0.0
