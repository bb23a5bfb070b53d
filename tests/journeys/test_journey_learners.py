"""Learners of the user's choice on a table, and what only the race can find."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from case_schema import check_case, read_case

from conftest import PLENTY, refused, steelyard

QUICK = ("--seeds", "1", "--select", "R620", *PLENTY)


@pytest.mark.parametrize("model", ["lightgbm", "xgboost", "catboost", "logistic"])
def test_the_users_learner_is_the_base_and_predicts(model: str, data: Path, tmp_path: Path) -> None:
    if model != "logistic":
        pytest.importorskip(model, reason=f"{model} is not installed: steelyard[boost]")
    table, case = data / "tumours.csv", tmp_path / "case"
    ran = steelyard(
        "treat", table, "--label", "diagnosis", "--model", model, "--case", case, *QUICK
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert f"baseline  {model}, 5 folds" in ran.out
    facts = read_case(case)
    check_case(facts, treated=True)
    assert facts["verdict"]["test"]["base"]["balanced-accuracy"]["mean"] > 0.7
    assert not list(case.rglob("*.pkl"))
    told = steelyard("predict", case, table)
    assert told.code == 0, told.err
    assert len(told.out.splitlines()) == 176


def test_a_learner_for_other_data_is_refused(data: Path, tmp_path: Path) -> None:
    words = ("--case", tmp_path / "case", "--plan")
    refused(steelyard("examine", data / "digits", "--model", "logistic", *words), "E174")
    table = (data / "tumours.csv", "--label", "diagnosis")
    refused(steelyard("examine", *table, "--model", "resnet-8", *words), "E174")
    refused(steelyard("examine", *table, "--model", "lihgtgbm", *words), "E178")


def fields_of_one_kind(path: Path) -> None:
    """Every field is of one kind all over: leaves are pure, so weights have nothing to move."""
    rng = np.random.default_rng(0)
    kind = np.where(rng.random(60) < 0.35, "rare", "common")
    field = np.repeat(np.arange(60), 20)
    frame = pd.DataFrame({"place": field + rng.uniform(-0.2, 0.2, field.size), "field": field})
    frame.assign(kind=kind[field]).to_csv(path, index=False)


@pytest.mark.slow
def test_weights_without_effect_are_told_on_the_terminal_and_in_the_report(tmp_path: Path) -> None:
    fields_of_one_kind(tmp_path / "fields.csv")
    case = tmp_path / "case"
    ran = steelyard(
        "treat", tmp_path / "fields.csv", "--label", "kind", "--group", "field", "--case", case,
        "--seeds", "2", "--select", "P313,R210", *PLENTY,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    before, told = ran.out.split("P313 weights-without-effect")
    assert "P313 needs the same model with class weights" in before
    assert "the probabilities with and without weights" in " ".join(told.split())
    assert "verdict" in told
    assert [f["code"] for f in read_case(case)["findings"]] == ["P313"]
    assert "P313" not in {lack["code"] for lack in read_case(case)["not_applicable"]}
    assert "Weights without effect" in (case / "report.html").read_text("utf-8")


def test_the_plan_stands_in_columns(data: Path, tmp_path: Path) -> None:
    ran = steelyard(
        "treat", data / "tumours.csv", "--label", "diagnosis", "--case", tmp_path / "case", "--plan"
    )
    lines = [line for line in ran.out.splitlines() if line.startswith("   R")]
    assert max(map(len, ran.out.splitlines())) <= 92
    assert any(line.split()[0] == "R710(under-bagging)" for line in lines)
    column = {line.index(line.split()[1]) for line in lines}
    assert len(column) == 1
