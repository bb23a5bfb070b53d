"""Running the detectors: order, selection, what is quiet, and that nothing is swallowed."""

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import steelyard.diagnose as room
from steelyard.core.exam import Exam
from steelyard.core.finding import SEVERITIES
from steelyard.diagnose import DETECTORS, diagnose
from steelyard.diagnose.twins import even, examined

RNG = np.random.default_rng


def test_worst_and_surest_come_first_and_every_detector_is_accounted_for() -> None:
    diagnosis = diagnose(DETECTORS["P301"].sick(10, RNG(0)))
    badness = [(SEVERITIES.index(f.severity), f.confidence) for f in diagnosis.findings]
    assert badness == sorted(badness, reverse=True)
    assert len(badness) > 2
    spoke = [f.code for f in diagnosis.findings]
    told = sorted([*spoke, *diagnosis.quiet, *diagnosis.not_applicable])
    assert told == list(DETECTORS.codes)


def test_not_applicable_says_what_it_needs() -> None:
    exam = Exam("table", ("a", "b"), np.repeat([0, 1], 30))
    lacking = diagnose(exam).not_applicable
    assert set(lacking) >= {"P301", "P310", "P320", "T401", "T402", "S501", "D120", "D130"}
    assert all(why.startswith("needs ") for why in lacking.values())


def test_select_and_ignore_take_codes_and_their_beginnings() -> None:
    exam = examined(even(3), RNG(0))
    asked = diagnose(exam, select=("p3", "D101"), ignore=("P31",))
    told = {*asked.quiet, *asked.not_applicable, *(f.code for f in asked.findings)}
    assert told == {"D101", "P301", "P302", "P303", "P304", "P320", "P330"}


def test_a_crash_of_a_detector_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(exam: Exam) -> None:
        raise ZeroDivisionError("our bug")

    class OneDetector(dict[str, SimpleNamespace]):
        codes = ("X999",)

    broken = OneDetector(X999=SimpleNamespace(detect=crash))
    monkeypatch.setattr(room, "DETECTORS", broken)
    with pytest.raises(ZeroDivisionError):
        diagnose(examined(even(2), RNG(0)))


def test_a_goal_that_counts_rows_makes_lost_rare_classes_less_severe() -> None:
    exam = DETECTORS["D101"].sick(10, RNG(0))
    strict, lenient = (
        DETECTORS["D101"].detect(replace(exam, goal=goal))
        for goal in ("balanced-accuracy", "accuracy")
    )
    assert strict.severity == "critical"
    assert lenient.severity == "medium"
    assert lenient.where == strict.where


def test_the_room_loads_neither_torch_nor_pandas() -> None:
    code = (
        "import sys; from steelyard.diagnose import DETECTORS; list(DETECTORS);"
        "sys.exit(any(m in sys.modules for m in ('torch', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
