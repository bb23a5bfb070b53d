"""What every detector must do, whatever it looks for."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.finding import Finding
from steelyard.core.plain import from_plain, to_plain
from steelyard.core.shelf import Shelf, headings
from steelyard.diagnose import DETECTORS, diagnose
from steelyard.diagnose.twins import even, examined, long_tail

CLASSES = (2, 3, 10, 100)
SEEDS = range(5)
HEADINGS = [
    "What it sees",
    "Why it hurts",
    "How it decides",
    "When it is wrong",
    "What helps",
    "References",
]

every_detector = pytest.mark.parametrize("code", DETECTORS.codes)


def bare(counts: np.ndarray) -> Exam:
    """An exam of data alone: no model, no splits, no columns."""
    target = np.repeat(np.arange(counts.size), counts)
    return Exam("table", tuple(f"c{k}" for k in range(counts.size)), target)


@cache
def spoken(code: str, k: int) -> tuple[tuple[Exam, Finding | None], ...]:
    detector = DETECTORS[code]
    exams = [detector.sick(k, np.random.default_rng([seed, k])) for seed in SEEDS]
    return tuple((exam, detector.detect(exam)) for exam in exams)


def asked(code: str, exam: Exam) -> Finding | str | None:
    """The finding, or why there can be none."""
    try:
        return DETECTORS[code].detect(exam)
    except NotApplicable as reason:
        return str(reason)


def findings_of(code: str) -> list[tuple[Exam, Finding]]:
    return [(exam, finding) for exam, finding in spoken(code, 10) if finding is not None]


def test_the_shelf_holds_what_the_issue_asks_for() -> None:
    asked = "D101 D110 D120 D130 P301 P302 P303 P304 P310 P320 P330 S501 S502 T401 T402"
    asked += " P312 P313 S540"
    assert set(asked.split()) <= set(DETECTORS.codes)


@every_detector
def test_file_name_says_code_and_name(code: str) -> None:
    module = DETECTORS[code]
    assert code == module.CODE
    assert module.__name__.rsplit(".", 1)[1] == f"{code}_{module.NAME}".lower().replace("-", "_")


def test_names_are_unique() -> None:
    names = [module.NAME for module in DETECTORS]
    assert len(set(names)) == len(names)


@every_detector
def test_file_is_short(code: str) -> None:
    lines = Path(str(DETECTORS[code].__file__)).read_text("utf-8").splitlines()
    assert len(lines) <= 140


@every_detector
def test_docstring_has_the_six_headings(code: str) -> None:
    module = DETECTORS[code]
    parts = headings(module)
    assert list(parts) == ["", *HEADINGS]
    assert all(parts.values())
    assert parts[""].startswith(f"{code} {module.NAME}: ")


@every_detector
def test_what_helps_names_the_remedies_of_the_finding(code: str) -> None:
    module = DETECTORS[code]
    told = tuple(re.findall(r"\bR\d{3}\b", headings(module)["What helps"]))
    assert told == tuple(module.HELPS)
    assert all(set(finding.helps) == set(told) for _, finding in findings_of(code))


def test_remedies_point_back() -> None:
    remedies = Shelf("steelyard.treat")
    assert remedies.codes
    helps = {(d.CODE, remedy) for d in DETECTORS for remedy in d.HELPS if remedy in remedies}
    treats = {(code, r.CODE) for r in remedies for code in r.TREATS if code in DETECTORS}
    assert helps == treats


@pytest.mark.parametrize("k", CLASSES)
@every_detector
def test_speaks_on_the_sick_twin_and_names_the_sick_and_no_others(code: str, k: int) -> None:
    expected = getattr(DETECTORS[code], "sick_where", lambda k: ())(k)
    for exam, finding in spoken(code, k):
        assert finding is not None
        assert finding.code == code
        assert finding.name == DETECTORS[code].NAME
        assert sorted(finding.where) == sorted(expected)
        assert exam.n_classes == k


@pytest.mark.parametrize("k", CLASSES)
@every_detector
def test_is_silent_on_the_healthy_twin(code: str, k: int) -> None:
    detector = DETECTORS[code]
    for seed in SEEDS:
        assert detector.detect(detector.healthy(k, np.random.default_rng([seed, k]))) is None


@pytest.mark.parametrize("k", CLASSES)
@every_detector
def test_no_other_detector_speaks_on_the_healthy_twin(code: str, k: int) -> None:
    diagnosis = diagnose(DETECTORS[code].healthy(k, np.random.default_rng([7, k])))
    assert [f"{f.code} {f.says}" for f in diagnosis.findings] == []


@every_detector
def test_finding_travels_through_json(code: str) -> None:
    for _, finding in findings_of(code):
        plain = json.loads(json.dumps(to_plain(finding), allow_nan=False))
        # NaN differs from itself, so the plain forms are compared.
        assert to_plain(from_plain(Finding, plain)) == plain


@every_detector
def test_says_a_sentence_with_numbers_in_it(code: str) -> None:
    for _, finding in findings_of(code):
        assert re.search(r"\d", finding.says)
        assert len(finding.says) < 400
        assert "nan" not in finding.says
        assert not re.search(r"\b1 (rows|classes|columns|labels)\b", finding.says)
        assert all(np.isfinite(e.value) for e in finding.evidence)
        assert finding.evidence


@every_detector
def test_the_same_exam_gives_the_same_finding(code: str) -> None:
    exam, first = spoken(code, 3)[0]
    again = DETECTORS[code].detect(replace(exam))  # a copy without the cached properties
    assert to_plain(again) == to_plain(first)


@every_detector
def test_leaves_the_exam_as_it_is(code: str) -> None:
    exam = DETECTORS[code].sick(3, np.random.default_rng(0))
    for array in (exam.target, exam.proba, exam.fold):
        assert array is not None
        array.flags.writeable = False  # writing now raises
    before = to_plain(exam)
    DETECTORS[code].detect(exam)
    assert to_plain(exam) == before


@every_detector
def test_the_order_of_the_classes_does_not_matter(code: str) -> None:
    exam, finding = spoken(code, 10)[0]
    order = np.random.default_rng(5).permutation(10)
    place = np.argsort(order)
    assert exam.proba is not None
    moved = replace(
        exam,
        classes=tuple(exam.classes[k] for k in order),
        target=place[exam.target],
        proba=exam.proba[:, :, order],
        weighted_proba=None if exam.weighted_proba is None else exam.weighted_proba[:, :, order],
    )
    other = DETECTORS[code].detect(moved)
    assert finding is not None
    assert other is not None
    assert sorted(other.where) == sorted(finding.where)
    assert other.severity == finding.severity


@every_detector
def test_a_bare_exam_is_answered_or_refused_with_what_is_needed(code: str) -> None:
    for counts in (even(3, 30), even(2, 1), long_tail(100, 200, 50.0)):
        answer = asked(code, bare(counts))
        assert not isinstance(answer, str) or answer.startswith("needs ")


@every_detector
def test_survives_degenerate_predictions(code: str) -> None:
    exam = examined([30, 12, 3, 1], np.random.default_rng(0), seeds=1)
    always_first = np.tile(np.eye(4)[0], (1, exam.target.size, 1))
    certain = np.eye(4)[exam.target][None]
    even_odds = np.full((1, exam.target.size, 4), 0.25)
    for proba in (always_first, certain, even_odds):
        for goal in (
            "balanced-accuracy",
            "macro-f1",
            "worst-class",
            "kappa",
            "log-loss",
            "accuracy",
        ):
            strange = replace(exam, proba=proba, goal=goal, test_counts=np.array([9, 4, 1, 0]))
            answer = asked(code, strange)
            assert json.dumps(to_plain(answer), allow_nan=False)
            assert not isinstance(answer, str) or answer.startswith("needs ")


def healthy_exam(i: int) -> Exam:
    """One of a battery of healthy models: easy, hard but even, and mildly imbalanced."""
    rng = np.random.default_rng([i, 11])
    k = int(rng.choice([2, 3, 5, 10, 30, 100], p=[0.22, 0.22, 0.22, 0.22, 0.08, 0.04]))
    rows = int(rng.choice([12, 15, 20, 40] if k >= 30 else [12, 15, 20, 40, 100, 300]))
    seeds = int(rng.integers(1, 3))
    if i % 3 == 0:
        return examined(even(k, rows), rng, seeds=seeds)
    if i % 3 == 1:
        return examined(even(k, rows), rng, skill=float(rng.uniform(1.5, 4)), seeds=seeds)
    return examined(long_tail(k, rows * 3, 3.0), rng, seeds=seeds)


def equally_found_exam(i: int) -> Exam:
    """A long tail in which chance alone decides who is found: every class has one true recall."""
    rng = np.random.default_rng([i, 9])
    k = int(rng.choice([2, 3, 10, 30]))
    tail = long_tail(k, int(rng.choice([60, 200, 600])), float(rng.choice([3, 10, 50])))
    target = np.repeat(np.arange(k), np.maximum(tail, 3))
    recall, luck = rng.uniform(0.6, 0.97), rng.random(target.size)
    proba = np.full((2, target.size, k), (1 - recall) / (k - 1))
    for seed in proba:
        # The seeds agree on nine rows in ten, as seeds do.
        own_luck = np.where(rng.random(target.size) < 0.9, luck, rng.random(target.size))
        elsewhere = (target + rng.integers(1, k, target.size)) % k
        seed[np.arange(target.size), np.where(own_luck < recall, target, elsewhere)] = recall
    return replace(bare(np.maximum(tail, 3)), proba=proba)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [healthy_exam, equally_found_exam])
def test_false_alarms_on_two_hundred_healthy_models(kind: Callable[[int], Exam]) -> None:
    # Few rows are a fact about the data, not an illness of the model: D110 is left out.
    spoke = [diagnose(kind(i), ignore=("D110",)).findings for i in range(200)]
    serious = sum(any(f.severity != "low" for f in findings) for findings in spoke)
    # Each test runs at 0.01; the promise of the house is at most 4 % of healthy runs.
    assert serious <= 8, [f"{f.code} {f.says}" for findings in spoke for f in findings]
    assert sum(bool(findings) for findings in spoke) <= 12
