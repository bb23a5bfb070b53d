"""Re-sampled data and models: where S540, P312 and P313 draw their lines, and real data."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, load_wine, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from steelyard.core.data import Column, Data, Duplicates
from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam, StraightLines
from steelyard.core.finding import Finding
from steelyard.diagnose import DETECTORS, ask_again, diagnose
from steelyard.diagnose.decisions import distance_apart, moved_to_frequencies
from steelyard.diagnose.frequencies import excess, goal_of_frequencies
from steelyard.diagnose.resampled import Witness, above_control
from steelyard.examine.measuring import measure
from steelyard.intake import from_arrays
from steelyard.intake.splits import assign_folds
from steelyard.kit.resampling import random_over_sample, smote


def detect(code: str, exam: Exam) -> Finding | None:
    return DETECTORS[code].detect(exam)


def facts(data: Data) -> Exam:
    rows = np.arange(len(data.target))
    return measure(
        data, rows[data.split != "test"], rows[data.split == "test"],
        goal="accuracy", prior=None, base=[], folds=None, model="",
    )  # fmt: skip


def in_splits(X: np.ndarray, y: np.ndarray, seed: int) -> Data:
    split = np.where(np.random.default_rng(seed).random(len(y)) < 0.3, "test", "train")
    return from_arrays(X, y, split=split)


def uneven(seed: int = 0, rare: float = 0.1, **how: Any) -> tuple[np.ndarray, np.ndarray]:
    return make_classification(
        800, 6, n_informative=4, weights=[1 - rare], random_state=seed, **how
    )


def on_lines(hits: list[int], rows: list[int], chance: list[int] | None = None) -> Exam:
    names = tuple(f"c{k}" for k in range(len(hits)))
    counts = (dict(zip(names, x)) for x in (rows, hits, chance or [0] * len(hits)))
    return Exam("table", names, np.repeat(np.arange(len(hits)), 30), lines=StraightLines(*counts))


# S540


@pytest.mark.parametrize(
    ("hits", "where"),
    [
        ([0, 20], ("c1",)),
        ([0, 9], ()),  # under a tenth of the class
        ([20, 90], ()),  # less than five times the control
        ([15, 90], ("c1",)),
        ([0, 0, 50, 50], ("c2", "c3")),
        ([50, 50, 50], ()),  # all alike: interpolated by somebody else
    ],
)
def test_classes_with_rows_on_lines(hits: list[int], where: tuple[str, ...]) -> None:
    finding = detect("S540", on_lines(hits, [100] * len(hits)))
    assert (finding.where if finding else ()) == where


def test_as_many_lines_by_chance_are_coincidence() -> None:
    assert detect("S540", on_lines([0, 60], [100, 100], [0, 29])) is not None
    assert detect("S540", on_lines([0, 60], [100, 100], [0, 31])) is None


def test_few_rows_prove_nothing() -> None:
    assert detect("S540", on_lines([0, 9], [100, 9])) is None
    assert detect("S540", on_lines([0, 10], [9, 100])) is None
    # Fisher: 4 of 10 beside 0 of 10 is p = 0.043, 6 of 10 p = 0.0054.
    assert detect("S540", on_lines([0, 4], [10, 10])) is None
    assert detect("S540", on_lines([0, 6], [10, 10])) is not None


def test_the_control_is_the_class_with_the_fewest_hits() -> None:
    witness = Witness("", np.array([3, 40, 0]), np.array([50, 50, 5]), np.full(3, 0.1), 5)
    sick, p = above_control(witness)
    assert sick.tolist() == [1]
    assert 0 < p < 1e-10


def copied(per_class: list[int], test: list[int], train: list[int]) -> Exam:
    names = tuple(f"c{k}" for k in range(len(test)))
    classes = tuple(np.repeat(np.arange(len(test)), per_class).tolist())
    copies = Duplicates({"train|test": len(classes)}, 200, classes={"train|test": classes})
    splits = {"train": dict(zip(names, train)), "test": dict(zip(names, test))}
    target = np.repeat(np.arange(len(test)), train)
    return Exam("images", names, target, duplicates=copies, splits=splits)


def test_copies_count_in_classes_made_as_large_as_the_largest() -> None:
    finding = detect("S540", copied([0, 35], [40, 45], [160, 155]))
    assert finding is not None
    assert (finding.where, finding.severity) == (("c1",), "critical")
    assert "35 of 45 rows of c1 in test are copies" in finding.says
    assert detect("S540", copied([0, 35], [40, 45], [160, 100])) is None  # 145 rows, not 200
    assert detect("S540", copied([30, 35], [40, 45], [160, 155])) is None  # copies of all alike
    assert detect("S540", copied([0, 9], [40, 45], [160, 155])) is None  # a fifth


def test_the_largest_class_repeats_by_itself_where_it_is_dense() -> None:
    assert detect("S540", copied([30, 0], [40, 15], [160, 40])) is None
    made = copied([0, 35], [40, 45], [160, 155])
    few = tuple(Column(name, "number", distinct=40) for name in ("u", "v"))
    with pytest.raises(NotApplicable):  # 1,600 combinations for 400 rows
        detect("S540", replace(made, columns=few))
    assert detect("S540", replace(made, columns=(*few, *few))) is not None


def test_needs_rows_or_copies() -> None:
    with pytest.raises(NotApplicable, match="needs at least two columns"):
        detect("S540", replace(on_lines([0, 50], [99, 99]), lines=None))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("given", [True, False])
def test_speaks_on_data_that_were_smoted_before_the_split(seed: int, given: bool) -> None:
    X, y, _ = smote(*uneven(seed), random_state=seed)
    data = in_splits(X, y, seed) if given else from_arrays(X, y)
    finding = detect("S540", facts(data))
    assert finding is not None
    assert (finding.where, finding.severity) == (("1",), "critical")
    assert ("two training rows" in finding.says) is given


@pytest.mark.parametrize("seed", range(3))
def test_speaks_on_data_that_were_over_sampled_before_the_split(seed: int) -> None:
    X, y = uneven(seed)
    rows = random_over_sample(y, seed)
    exam = facts(in_splits(X[rows], y[rows], seed))
    finding = detect("S540", exam)
    assert finding is not None
    assert finding.where == ("1",)
    assert "copies of training rows" in finding.says
    assert detect("D120", exam) is None  # the copies within each split hide those across


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, uneven])
def test_silent_on_data_as_they_were_measured(load: Callable[..., Any]) -> None:
    X, y = load() if load is uneven else load(return_X_y=True)
    twice = np.tile(np.arange(len(y)), 2)
    for seed in range(3):
        assert detect("S540", facts(in_splits(X, y, seed))) is None
        assert detect("S540", facts(in_splits(X[twice], y[twice], seed))) is None
    assert detect("S540", facts(from_arrays(X, y))) is None


def test_silent_on_what_was_re_sampled_after_the_split() -> None:
    X, y = uneven()
    train = np.random.default_rng(0).random(len(y)) < 0.7
    more, labels, _ = smote(X[train], y[train], random_state=0)
    split = np.repeat(["train", "test"], [len(labels), (~train).sum()])
    data = from_arrays(np.vstack([more, X[~train]]), np.append(labels, y[~train]), split=split)
    assert detect("S540", facts(data)) is None


# P312


def out_of_fold(X: np.ndarray, y: np.ndarray, model: Any, **also: Any) -> Exam:
    proba, fold = np.zeros((y.size, y.max() + 1)), assign_folds(y, np.arange(y.size), 5, 0)
    for held in (fold == i for i in range(5)):
        proba[held] = model.fit(X[~held], y[~held]).predict_proba(X[held])
    names = tuple(str(j) for j in range(y.max() + 1))
    exam = Exam("table", names, y, goal="accuracy", proba=proba[None], fold=fold[None])
    return replace(exam, **also)


def logistic(class_weight: Any = None) -> Any:
    return make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=500, class_weight=class_weight)
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("goal", ["accuracy", "log-loss"])
def test_speaks_on_weighted_and_not_on_plain_models(seed: int, goal: str) -> None:
    X, y = uneven(seed, flip_y=0.05)
    finding = detect("P312", out_of_fold(X, y, logistic("balanced"), goal=goal))
    assert finding is not None
    assert finding.where == ("1",)
    assert detect("P312", out_of_fold(X, y, logistic(), goal=goal)) is None


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer])
@pytest.mark.parametrize("goal", ["accuracy", "log-loss", "kappa", "macro-f1"])
def test_silent_on_well_learnt_real_data(load: Callable[..., Any], goal: str) -> None:
    X, y = load(return_X_y=True)
    for model in (logistic(), logistic("balanced")):
        assert detect("P312", out_of_fold(X, y, model, goal=goal)) is None


def test_needs_a_goal_that_frequencies_matter_to() -> None:
    exam = out_of_fold(*uneven(flip_y=0.05), logistic("balanced"))
    own, even = exam.counts / exam.target.size, np.full(2, 0.5)
    for goal, prior in [("balanced-accuracy", even), ("balanced-accuracy", None), ("cost", own)]:
        with pytest.raises(NotApplicable, match="needs a goal"):
            detect("P312", replace(exam, goal=goal, prior=prior))
    with pytest.raises(NotApplicable, match="needs a goal"):
        detect("P312", replace(exam, prior=np.array([0.2, 0.8])))
    assert goal_of_frequencies(replace(exam, goal="kappa", prior=own)).name == "kappa"
    told = detect("P312", replace(exam, goal="balanced-accuracy", prior=own))
    assert told is not None
    assert told.severity == "low"
    assert "accuracy goes from" in told.says


def test_putting_the_frequencies_back_undoes_even_weights() -> None:
    exam = DETECTORS["P312"].sick(3, np.random.default_rng(0))
    honest = exam.require_proba()[0] * exam.counts
    honest /= honest.sum(axis=1, keepdims=True)
    moved = moved_to_frequencies(exam)[0]
    assert np.abs(moved.proba - honest).mean() < 0.03  # lambda = 1 to a step of 0.1 or two


def test_excess_by_hand() -> None:
    # 90 rows of a, 10 of b; b gets 0.3 everywhere: 3 times its frequency.
    target, names = np.repeat([0, 1], [90, 10]), ("a", "b")
    exam = Exam("table", names, target, proba=np.tile([0.7, 0.3], (1, 100, 1)))
    over, p = excess(exam)
    assert over.tolist() == [1]
    # z = 0.2 / (0.3 / 10): the residuals of b have standard deviation sqrt(0.1 * 0.9) = 0.3.
    assert p == pytest.approx(1.3e-11, rel=0.05)
    assert excess(replace(exam, proba=np.tile([0.9, 0.1], (1, 100, 1))))[1] == pytest.approx(0.5)
    nearly = replace(exam, target=np.repeat([0, 1], [59, 41]))
    assert excess(nearly)[1] == 1.0  # 1.44 times: nothing to re-balance


# P313


def weighted(plain: np.ndarray, other: np.ndarray | None, target: np.ndarray) -> Exam:
    return Exam("predictions", ("a", "b"), target, proba=plain, weighted_proba=other)


def two_classes(seeds: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """(seeds, 1000, 2) probabilities of a weak model and their labels, 800 and 200 rows."""
    rng = np.random.default_rng(0)
    target = np.repeat([0, 1], [800, 200])
    logit = (
        1.5 * (rng.normal(size=1000) + 1.5 * target) - 3 + noise * rng.normal(size=(seeds, 1000))
    )
    b = 1 / (1 + np.exp(-logit))
    return np.stack([1 - b, b], axis=2), target


def test_equal_predictions_are_told_without_any_noise_to_compare() -> None:
    proba, target = two_classes(1, 0)
    finding = detect("P313", weighted(proba, proba.copy(), target))
    assert finding is not None
    assert (finding.severity, finding.where) == ("high", ("b",))
    assert "same to the last digit" in finding.says
    moved = proba / [0.8, 0.2]
    moved /= moved.sum(axis=2, keepdims=True)
    assert detect("P313", weighted(proba, moved, target)) is None


def test_two_seeds_tell_what_is_noise() -> None:
    proba, target = two_classes(4, 0.6)
    finding = detect("P313", weighted(proba[:2], proba[2:], target))
    assert finding is not None
    assert finding.severity == "medium"
    assert detect("P313", weighted(proba[:1], proba[2:3], target)) is None  # noise is not known


def test_nothing_to_change_is_no_finding() -> None:
    proba, target = two_classes(1, 0)
    right = np.eye(2)[target][None]
    assert detect("P313", weighted(right, right, target)) is None
    halves = np.repeat([0, 1], 500)
    assert detect("P313", weighted(proba, proba, halves)) is None
    with pytest.raises(NotApplicable, match="needs the same model with class weights"):
        detect("P313", weighted(proba, None, target))


def test_distances_by_hand() -> None:
    exam = Exam("table", ("a", "b"), np.array([0, 0, 0, 1]))
    a = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]])
    b = np.array([[0.9, 0.1], [0.9, 0.1], [0.3, 0.7], [0.4, 0.6]])
    found = distance_apart(exam, np.array([1]), [(a, b)])
    # rows of a weigh 1/6, the one of b 1/2; the sum of b goes from 1.0 to 1.5
    assert found == pytest.approx((0.3 / 6 + 0.2 / 2, 1 / 6 + 1 / 2, 0.5))
    assert distance_apart(exam, np.array([1]), []) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_weights_that_work_are_seen_on_real_models(seed: int) -> None:
    X, y = uneven(seed, flip_y=0.05)
    plain = out_of_fold(X, y, logistic())
    working = out_of_fold(X, y, logistic("balanced")).proba
    assert detect("P313", replace(plain, weighted_proba=working)) is None
    # naive Bayes with the class frequencies told by hand is naive Bayes
    again = out_of_fold(X, y, GaussianNB(priors=np.bincount(y) / y.size)).proba
    finding = detect("P313", replace(out_of_fold(X, y, GaussianNB()), weighted_proba=again))
    assert finding is not None


def test_a_detector_that_lacked_something_can_be_asked_again() -> None:
    proba, target = two_classes(1, 0)
    exam = weighted(proba, None, target)
    first = diagnose(exam)
    assert "P313" in first.not_applicable
    later = ask_again(first, "P313", replace(exam, weighted_proba=proba))
    assert "P313" in {f.code for f in later.findings}
    assert "P313" not in later.not_applicable
    assert later == diagnose(replace(exam, weighted_proba=proba))
    not_asked = diagnose(exam, ignore=("P313",))
    assert ask_again(not_asked, "P313", replace(exam, weighted_proba=proba)) is not_asked
