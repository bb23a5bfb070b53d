"""``steelyard compare``: two by two, the classes that moved, the gate, and predictions files."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from synthetic_case import write_case

from steelyard.core.case import Case
from steelyard.core.errors import UserError
from steelyard.report.compare_text import compare_text, gate_text
from steelyard.report.comparison import compare_models
from steelyard.report.console import Console, columns, strip
from steelyard.report.decisions import Comparison


def comparison() -> Comparison:
    """Counted by hand: 6 rows of a, 4 of b; old has 6 right, new 5: 3 lost, 2 gained."""
    target = np.array([0] * 6 + [1] * 4)
    old = np.array([0, 0, 0, 0, 0, 1, 1, 0, 0, 0])
    new = np.array([0, 0, 1, 1, 1, 1, 1, 1, 1, 0])
    return Comparison(("auger", "cowrie\x1b[31m"), target, old, new)


def test_counts_by_hand() -> None:
    both = comparison()
    flips = both.flips
    assert (flips.both_right, flips.negative, flips.positive, flips.both_wrong) == (3, 3, 2, 2)
    assert both.per_class(both.lost).tolist() == [3, 0]
    assert both.per_class(both.gained).tolist() == [0, 2]
    assert both.lost_to(0) == (1, 3)
    assert both.lost_to(1) is None
    # two-sided: 2 * P(X <= 2 | 5, 1/2) = 2 * 16/32 = 1
    assert both.p == pytest.approx(1.0)
    assert both.rarest_first(both.lost | both.gained).tolist() == [7, 8, 2, 3, 4]


def test_the_text_says_what_was_counted() -> None:
    text = compare_text(comparison(), ("base", "R610"), seed_to_seed=0.031)
    lines = text.splitlines()
    assert lines[0].split() == ["10", "test", "rows", "base", "right", "base", "wrong"]
    assert lines[1].split() == ["R610", "right", "3", "2"]
    assert lines[2].split() == ["R610", "wrong", "3", "2"]
    assert "McNemar exact p = 1.00, net -1, negative flips 30.0 % [" in text
    assert "two seeds of the base: 3.1 %" in " ".join(text.split())
    assert lines[-2].split() == ["cowrie?[31m", "4", "0.25", "0.75", "0", "2"]
    assert lines[-1].split() == ["auger", "6", "0.83", "0.33", "3", "0", "cowrie?[3…", "(3)"]


def test_the_gate_says_pass_or_fail() -> None:
    assert gate_text(comparison(), 0.3).endswith("is not over 0.300: pass")
    assert gate_text(comparison(), 0.29).endswith("FAIL (exit code 1)")


def test_bars_and_colour_only_add() -> None:
    plain, bars = (compare_text(comparison(), console=c) for c in (Console(), Console(bars=True)))
    coloured = compare_text(comparison(), console=Console(colour=True, bars=True))
    assert strip(coloured) == bars
    assert "#" not in plain
    # the longest bar is eight columns, the other as long as its number says
    assert "######## |" in bars
    assert bars.splitlines()[-2].endswith("| ######")  # 8 * 2 / 3, rounded up


def test_many_classes_are_cut_and_everything_fits() -> None:
    rng = np.random.default_rng(0)
    target = rng.integers(0, 40, 4000)
    old, new = (np.where(rng.random(4000) < 0.6, target, rng.integers(0, 40, 4000)) for _ in "ab")
    names = tuple(f"{'long' * 20} {k}" for k in range(40))
    console = Console(bars=True)
    text = compare_text(Comparison(names, target, old, new), ("x" * 99, "y" * 99), console=console)
    assert "... 28 more classes: --all" in text
    assert "n before  after  lost gained" in text  # long names do not fit over the columns
    assert max(columns(line) for line in text.splitlines()) <= 92


def arguments(case: Case, old: str, new: str, **more: object) -> argparse.Namespace:
    given = {"max_negative_flips": None, "all": False, "json": False, **more}
    return argparse.Namespace(path=str(case.folder), old=old, new=new, **given)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return write_case(tmp_path_factory.mktemp("case"), 3, kind="table", smallest=60)


def test_command_on_a_case(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_models(arguments(case, "base", "kept")) == 0
    text = capsys.readouterr().out
    assert "R610 right" in text
    assert "two seeds of the base" in text
    assert compare_models(arguments(case, "base", "kept", max_negative_flips=0.0)) == 1


def test_a_trial_that_never_met_the_test_split(case: Case) -> None:
    with pytest.raises(UserError) as caught:
        compare_models(arguments(case, "base", "R130"))
    assert caught.value.code == "E195"
    assert "R610" in caught.value.fix


def test_the_candidate_is_called_by_its_name(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    compare_models(arguments(case, "base", "candidate"))
    text = capsys.readouterr().out
    assert "R610 right" in text
    assert "candidate" not in text


def test_json_is_json_and_agrees(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    compare_models(arguments(case, "base", "kept", json=True, max_negative_flips=1.0))
    plain = json.loads(capsys.readouterr().out)
    assert plain["gate"] is True
    assert plain["negative"] == sum(entry["lost"] for entry in plain["classes"])
    assert (
        plain["n"]
        == plain["both_right"] + plain["both_wrong"] + plain["negative"] + plain["positive"]
    )


def predictions_file(case: Case, folder: Path, rows: np.ndarray, *, named: bool) -> Path:
    """What the kept model said, in another order."""
    test = case.read_arrays("test.npz") or {}
    ids = {"ids": test["row_names"][rows]} if named else {}
    path = folder / "other.npz"
    classes = np.array(case.read_json("case.json")["data"]["classes"])
    labels = classes[test["target"][rows]]
    np.savez(path, proba=test["kept_proba"][rows], y=labels, classes=classes, **ids)
    return path


@pytest.mark.parametrize("named", [True, False])
def test_a_predictions_file_of_the_same_rows(
    named: bool, case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = np.arange(len((case.read_arrays("test.npz") or {})["target"]))
    if named:  # then the order does not matter
        rows = np.random.default_rng(0).permutation(rows)
    path = predictions_file(case, tmp_path, rows, named=named)
    compare_models(arguments(case, "kept", str(path), json=True))
    plain = json.loads(capsys.readouterr().out)
    assert (plain["negative"], plain["positive"]) == (0, 0)


def test_a_predictions_file_of_other_rows_is_refused(case: Case, tmp_path: Path) -> None:
    path = predictions_file(case, tmp_path, np.arange(20), named=False)
    with pytest.raises(UserError) as caught:
        compare_models(arguments(case, "base", str(path)))
    assert caught.value.code == "E195"


def test_a_case_that_was_only_examined_has_nothing_to_compare(tmp_path: Path) -> None:
    examined = write_case(tmp_path, 3, "examined", kind="table")
    with pytest.raises(UserError) as caught:
        compare_models(arguments(examined, "base", "kept"))
    assert caught.value.code == "E195"
