"""Where each detector draws its line: numbers counted by hand, and cases apart from the twins."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from steelyard.core.data import Column, Duplicates
from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Curve, Exam
from steelyard.core.finding import Finding
from steelyard.diagnose import DETECTORS
from steelyard.diagnose.curves import class_entropy, curves_of, mean_interval
from steelyard.diagnose.twins import class_names, even, examined, long_tail


def detect(code: str, exam: Exam) -> Finding | None:
    return DETECTORS[code].detect(exam)


def found(hits: list[int], counts: list[int], elsewhere: int = 0, seeds: int = 1) -> Exam:
    """An exam in which ``hits`` rows of each class are right and the rest go to ``elsewhere``."""
    k = len(counts)
    target = np.repeat(np.arange(k), counts)
    right = np.concatenate([np.arange(n) < h for h, n in zip(hits, counts)])
    wrong = np.where(target == elsewhere, (elsewhere + 1) % k, elsewhere)
    proba = np.eye(k)[np.where(right, target, wrong)]
    return Exam("table", class_names(range(k)), target, proba=np.stack([proba] * seeds))


def with_splits(**splits: dict[str, int]) -> Exam:
    return Exam("table", ("a", "b"), np.repeat([0, 1], 30), splits=splits)


def losses(train: np.ndarray, val: np.ndarray, n: int = 5) -> Exam:
    steps = np.arange(1.0, train.size + 1)
    wobble = np.linspace(0.98, 1.02, n)
    curves = tuple(Curve(steps, train, val * w, np.exp(-train), np.exp(-val)) for w in wobble)
    return examined(even(2, 50), np.random.default_rng(0), curves=curves)


# P301: the numbers of DESIGN section 5.


@pytest.mark.parametrize(("rows", "speaks"), [(56, False), (57, True)])
def test_no_hit_in_one_of_ten_even_classes_needs_57_rows(rows: int, speaks: bool) -> None:
    # Holm over ten classes at 0.025: 0.9^57 = 0.0025, 0.9^56 = 0.0027.
    finding = detect("P301", found([0] + [rows] * 9, [rows] * 10, elsewhere=5))
    assert (finding is not None) is speaks
    if finding:
        assert finding.where == ("c0",)


def test_a_tail_is_proven_together_where_no_class_is_alone() -> None:
    counts, hits = [2611, 900, 700, 300, 300, 300, 300, 300, 300, 37, 31, 14], [0] * 12
    hits[:9], hits[10] = counts[:9], 1
    finding = detect("P301", found(hits, counts))
    assert finding is not None
    assert finding.where == ("c9", "c10", "c11")
    assert "1 of 82 right, 0.012" in finding.says
    assert "9 above chance, 0 below, 3 unknown" in finding.says
    assert finding.severity == "critical"


def test_a_class_of_the_tail_that_is_found_is_not_named() -> None:
    hits, counts = [900, 900, 0, 0, 30], [900, 900, 30, 30, 30]
    finding = detect("P301", found(hits, counts))
    assert finding is not None
    assert finding.where == ("c2", "c3")


def test_seeds_do_not_count_as_rows() -> None:
    once, thrice = (found([0] + [50] * 9, [50] * 10, 5, seeds) for seeds in (1, 3))
    assert detect("P301", once) is None
    assert detect("P301", thrice) is None


# P302


def test_one_class_predicted_always_is_at_chance_when_that_is_proven() -> None:
    finding = detect("P302", found([300, 0, 0], [300, 300, 300]))
    assert finding is not None
    assert finding.severity == "high"
    assert "no better than guessing (0.333)" in finding.says
    assert detect("P302", found([12, 1], [12, 12])) is None  # too few rows to tell


def test_swapped_labels_are_worse_than_guessing() -> None:
    finding = detect("P302", found([5, 4], [60, 40]))
    assert finding is not None
    assert finding.severity == "critical"


# P303


@pytest.mark.parametrize(("rows", "speaks"), [(4, False), (6, True)])
def test_a_handful_of_rows_may_never_be_predicted_by_chance(rows: int, speaks: bool) -> None:
    # Poisson: exp(-4) = 0.018 and exp(-6) = 0.0025, two classes, the other one far from its limit.
    assert (detect("P303", found([100, 0], [100, rows])) is not None) is speaks


def test_the_rarest_classes_prove_together_that_they_are_never_predicted() -> None:
    # Alone exp(-4) x 5 classes proves nothing; together the two rarest have 8 rows, exp(-8).
    finding = detect("P303", found([200, 150, 100, 0, 0], [200, 150, 100, 4, 4]))
    assert finding is not None
    assert finding.where == ("c3", "c4")
    # The rarest is predicted, so nothing is proven about its neighbour.
    assert detect("P303", found([200, 150, 100, 0, 3], [200, 150, 100, 4, 3])) is None


def test_one_prediction_in_fifty_still_counts_as_never() -> None:
    assert detect("P303", found([500, 2], [500, 100])) is not None
    assert detect("P303", found([500, 3], [500, 100])) is None


# D101, P304, P330


def test_d101_counts_even_classes_and_the_ratio() -> None:
    finding = detect("D101", found([800, 100, 10], [800, 100, 100]))
    assert finding is not None
    facts = {e.name: e.value for e in finding.evidence}
    assert facts["imbalance ratio"] == 8
    assert facts["effective number of classes"] == pytest.approx(
        np.exp(stats.entropy([0.8, 0.1, 0.1]))
    )
    assert finding.where == ("c2",)  # c1 is as rare, but learnt


def test_d101_is_silent_at_any_ratio_when_every_class_is_learnt() -> None:
    assert detect("D101", found([99_000, 98], [99_000, 99])) is None
    assert detect("D101", found([50, 20], [50, 50])) is None  # and at 50:50 whatever the recall


def test_d101_says_low_where_few_rows_only_hint() -> None:
    finding = detect("D101", found([95, 3], [100, 5]))
    assert finding is not None
    assert finding.severity == "low"
    assert "too few rows to prove it" in finding.says


def test_d101_without_predictions_goes_by_the_counts() -> None:
    data = Exam("table", ("a", "b"), np.repeat([0, 1], [900, 10]))
    finding = detect("D101", data)
    assert finding is not None
    assert finding.severity == "low"
    assert finding.where == ("b",)
    assert detect("D101", replace(data, target=np.repeat([0, 1], [900, 100]))) is None


def test_p304_needs_a_high_accuracy_and_a_proven_gap() -> None:
    hidden = found([980, 2], [980, 20])
    finding = detect("P304", hidden)
    assert finding is not None
    assert finding.where == ("c1",)
    assert {e.name for e in finding.evidence} >= {"kappa", "macro-F1", "balanced accuracy"}
    assert detect("P304", found([600, 2], [980, 20])) is None  # accuracy is not high
    assert detect("P304", found([980, 1], [980, 2])) is None  # two rows prove nothing


def test_p330_needs_classes_of_different_size() -> None:
    assert detect("P330", found([100, 100, 10], [100, 100, 60])) is None
    finding = detect("P330", found([200, 100, 10], [200, 100, 60]))
    assert finding is not None
    assert finding.where == ("c2",)


# P320


def test_p320_calls_calibrated_models_ill_at_its_level_only() -> None:
    alarms = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        k = int(rng.choice([2, 3, 10]))
        exam = examined(even(k, int(rng.choice([20, 60, 200]))), rng, skill=1.5, seeds=1)
        alarms += detect("P320", exam) is not None
    assert alarms <= 6  # 2 expected at 0.01


@pytest.mark.parametrize(
    ("heat", "goal", "severity", "lean"),
    [
        (0.3, "log-loss", "high", "too sure"),
        (0.3, "balanced-accuracy", "medium", "too sure"),
        (4.0, "log-loss", "high", "not sure enough"),
        (4.0, "balanced-accuracy", "low", "not sure enough"),
    ],
)
def test_p320_weighs_by_goal_and_direction(
    heat: float, goal: str, severity: str, lean: str
) -> None:
    exam = examined(even(3, 300), np.random.default_rng(0), skill=1.5, heat=heat, goal=goal)
    finding = detect("P320", exam)
    assert finding is not None
    assert finding.severity == severity
    assert lean in finding.says


# P310


def test_p310_threshold_finds_a_bias_that_no_prior_explains() -> None:
    exam = examined(even(3, 200), np.random.default_rng(0), skill=2.0, bias=np.array([0, 0, -3.0]))
    finding = detect("P310", exam)
    assert finding is not None
    assert finding.helps == ("R620", "R610")
    assert finding.where == ("c2",)


def test_p310_is_no_illness_at_the_training_prior_or_for_accuracy() -> None:
    sick = DETECTORS["P310"].sick(3, np.random.default_rng(0))
    assert detect("P310", replace(sick, goal="accuracy")) is None
    with pytest.raises(NotApplicable, match="needs a goal of decisions"):
        detect("P310", replace(sick, goal="log-loss"))
    with pytest.raises(NotApplicable, match="without a cost file"):
        detect("P310", replace(sick, goal="cost:costs.csv"))


@pytest.mark.parametrize("goal", ["macro-f1", "worst-class", "kappa"])
def test_p310_speaks_for_other_goals_of_decisions(goal: str) -> None:
    bias = np.array([0, 0, -3.0])
    exam = examined(even(3, 200), np.random.default_rng(0), skill=2.0, bias=bias, goal=goal)
    finding = detect("P310", exam)
    assert finding is not None
    assert f"gain in {goal}" in [e.name for e in finding.evidence]


# D110, D120, D130


def test_d110_looks_at_the_test_split_too_but_mildly() -> None:
    exam = replace(found([40, 12], [40, 12]), test_counts=np.array([10, 5]))
    finding = detect("D110", exam)
    assert finding is not None
    assert (finding.severity, finding.where) == ("low", ("c1",))
    assert detect("D110", replace(exam, test_counts=np.array([10, 6]))) is None
    assert detect("D110", replace(exam, test_counts=None)) is None


def test_d120_copies_are_a_leak_unless_rows_repeat_anyway() -> None:
    exam = with_splits(train={"a": 400, "b": 400}, test={"a": 100, "b": 100})
    leak = Duplicates(across={"train|test": 3}, examples={"train|test": ("7", "9")})
    finding = detect("D120", replace(exam, duplicates=leak))
    assert finding is not None
    assert (finding.severity, finding.where) == ("medium", ("test",))
    assert "3 of 200 test rows (1.5%)" in finding.says
    assert "7, 9" in finding.says
    assert detect("D120", replace(exam, duplicates=replace(leak, within=10))) is None
    assert detect("D120", replace(exam, duplicates=Duplicates())) is None


def test_d120_copies_of_validation_rows_count_as_well() -> None:
    exam = with_splits(train={"a": 90}, val={"a": 50}, test={"a": 50})
    finding = detect("D120", replace(exam, duplicates=Duplicates(across={"val|test": 9})))
    assert finding is not None
    assert finding.severity == "critical"


def test_d130_dates_and_sparse_columns() -> None:
    exam = found([30, 30], [30, 30])
    columns = (
        Column("a", "number", missing=56),
        Column("b", "number", missing=57),
        Column("c", "set-aside", "free text"),
    )
    finding = detect("D130", replace(exam, columns=columns))
    assert finding is not None
    assert (finding.severity, finding.where) == ("low", ("b",))  # 57 / 60 = 95 %


# S501, S502


def test_s501_tells_numbers_from_names() -> None:
    finding = detect("S501", with_splits(train={"cat": 50, "dog": 50}, test={"0": 5, "1": 5}))
    assert finding is not None
    assert "training has names, test has numbers" in finding.says
    assert finding.severity == "critical"


def test_s501_asks_whether_it_is_the_same_label_but_never_for_signs() -> None:
    train = {"New York": 50, "+": 50}
    finding = detect("S501", with_splits(train=train, test={"new_york": 1, "-": 99}))
    assert finding is not None
    assert "'new_york' may be 'New York'" in finding.says
    assert "'-' may be" not in finding.says
    assert finding.where == ("new_york", "-")


def test_s501_is_silent_when_training_has_more_labels() -> None:
    assert detect("S501", with_splits(train={"a": 5, "A": 5, "b": 5}, test={"a": 5})) is None


def test_s502_effect_is_cohens_w_without_noise() -> None:
    finding = detect("S502", with_splits(train={"a": 500, "b": 500}, test={"a": 350, "b": 150}))
    assert finding is not None
    # 850 of 1500 are a, so 566.7 are expected in train and each cell is 66.7 off: chi-square is
    # 66.7^2 (1/566.7 + 1/433.3 + 1/283.3 + 1/216.7) = 54.30, less 1 degree of freedom 53.30, and
    # 53.30 * 1500 / (1000 * 500) = 0.3999^2.
    assert finding.evidence[0].value == pytest.approx(0.3999, abs=1e-4)
    assert finding.severity == "medium"


def test_s502_wants_an_effect_and_not_only_many_rows() -> None:
    big = with_splits(train={"a": 500_000, "b": 500_000}, test={"a": 51_000, "b": 49_000})
    assert detect("S502", big) is None
    assert detect("S502", with_splits(train={"a": 500, "b": 500}, test={"a": 4, "b": 1})) is None


def test_s502_many_classes_with_few_rows_are_no_shift() -> None:
    alarms = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        share = long_tail(100, 1000, 50.0) / long_tail(100, 1000, 50.0).sum()
        drawn = {n: dict(zip(map(str, range(100)), rng.multinomial(rows, share).tolist()))
                 for n, rows in (("train", 2000), ("test", 300))}  # fmt: skip
        alarms += detect("S502", with_splits(**drawn)) is not None
    assert alarms <= 6


# T401, T402


def test_t401_a_dip_of_chance_is_no_turning_point() -> None:
    rng = np.random.default_rng(0)
    steps, train = np.arange(1.0, 41), np.linspace(0.6, 0.01, 40)
    val = 0.2 + 0.5 * np.exp(-np.arange(40) / 4)
    noisy = [val + rng.normal(scale=0.03, size=40) for _ in range(5)]
    curves = tuple(Curve(steps, train, v, np.exp(-train), np.exp(-v)) for v in noisy)
    exam = examined(even(2, 50), np.random.default_rng(0), curves=curves)
    assert detect("T401", exam) is None


def test_t401_needs_the_training_loss_to_fall_meanwhile() -> None:
    val = np.concatenate([np.linspace(0.7, 0.2, 10), np.linspace(0.2, 0.5, 20)])
    assert detect("T401", losses(np.linspace(0.7, 0.01, 30), val)) is not None
    diverging = np.concatenate([np.linspace(0.7, 0.2, 10), np.linspace(0.2, 0.6, 20)])
    assert detect("T401", losses(diverging, val)) is None


def test_t401_one_curve_must_climb_twice_as_far() -> None:
    train = np.linspace(0.7, 0.01, 30)
    small, large = (
        np.concatenate([np.linspace(0.69, 0.2, 10), np.linspace(0.2, top, 20)])
        for top in (0.27, 0.33)
    )
    assert detect("T401", losses(train, small)) is not None
    assert detect("T401", losses(train, small, n=1)) is None
    assert detect("T401", losses(train, large, n=1)) is not None


def test_t402_too_weak_for_its_own_training_rows() -> None:
    flat = np.full(20, 0.66)  # ln 2 = 0.693, so 5 % explained
    finding = detect("T402", losses(flat, flat))
    assert finding is not None
    assert finding.severity == "high"
    assert detect("T402", losses(flat - 0.1, flat - 0.05)) is None


def test_curves_are_cut_to_the_shortest_and_need_two_steps() -> None:
    exam = losses(np.linspace(1, 0, 8), np.linspace(1, 0.5, 8), n=2)
    short = replace(exam.curves[0], **{f: getattr(exam.curves[0], f)[:5] for f in (
        "steps", "train_loss", "val_loss", "train_score", "val_score")})  # fmt: skip
    train, val, steps = curves_of(replace(exam, curves=(short, exam.curves[1])))
    assert train.shape == val.shape == (2, 5)
    assert steps.tolist() == [1, 2, 3, 4, 5]
    with pytest.raises(NotApplicable, match="needs learning curves"):
        curves_of(replace(exam, curves=()))
    assert class_entropy(exam) == pytest.approx(np.log(2))


def test_mean_interval_is_students() -> None:
    values = np.array([0.1, 0.3, 0.2, 0.5])
    expected = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert mean_interval(values)[1:] == pytest.approx(expected)
    assert np.isnan(mean_interval(values[:1]).low)
