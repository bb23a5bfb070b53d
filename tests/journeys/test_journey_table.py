"""The whole road on a real table: treat, then everything one does with a case."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from case_schema import check_case, read_case

from conftest import CHEAP, PLENTY, Ran, fingerprint, refused, steelyard


@pytest.fixture(scope="module")
def cheap(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case in which everything cheap is trained, so that other goals and priors cost nothing."""
    case = tmp_path_factory.mktemp("cases") / "cheap"
    ran = steelyard(
        "treat", data / "tumours.csv", "--label", "diagnosis", "--case", case, *CHEAP
    )  # fmt: skip
    assert ran.code == 0, ran.err
    return case


def test_treat_leaves_a_whole_case(treated: tuple[Path, Ran]) -> None:
    case, ran = treated
    assert ran.code == 0, ran.err
    facts = read_case(case)
    check_case(facts, treated=True)
    assert facts["data"]["kind"] == "table"
    assert facts["data"]["classes"] == ["benign", "malignant"]
    assert facts["data"]["counts"] == [150, 25]
    # nothing failed; what could no longer win got no second seed
    assert {t["state"] for t in facts["trials"]} <= {"done", "stopped"}
    assert {t["seeds"] for t in facts["trials"]} <= {1, 2}
    assert {t["seeds"] for t in facts["trials"][:2]} == {2}
    for name in ("report.html", "exam.json", "test.npz", "reproduce.json"):
        assert (case / name).is_file()
    assert facts["verdict"]["says"] in " ".join(ran.out.split())


def test_everything_printed_fits_the_page(treated: tuple[Path, Ran]) -> None:
    case, ran = treated
    lines = [line for line in ran.out.splitlines() if str(case) not in line]  # a path is whole
    assert max(map(len, lines)) <= 92
    for word in ("baseline", "D101", "tuned-base", "verdict", "kept", "report.html", "next:"):
        assert word in ran.out
    assert "\x1b" not in ran.out + ran.err


def test_test_rows_are_never_work_rows(treated: tuple[Path, Ran]) -> None:
    case, _ = treated
    (prepared,) = (case / "cache").glob("*/work.npy")
    work, test = np.load(prepared), np.load(prepared.with_name("test.npy"))
    assert not set(work) & set(test)
    assert len(work) + len(test) == 175


def test_predict_decides_about_new_rows(
    treated: tuple[Path, Ran], data: Path, tmp_path: Path
) -> None:
    case, _ = treated
    rows = pd.read_csv(data / "tumours.csv")
    truth = rows.pop("diagnosis")
    rows[rows.columns[::-1]].to_csv(tmp_path / "new.csv", index=False)  # order is no matter
    ran = steelyard("predict", case, tmp_path / "new.csv")
    assert ran.code == 0, ran.err
    told = pd.read_csv(io.StringIO(ran.out))
    assert list(told) == ["row", "predicted", "proba_benign", "proba_malignant"]
    assert len(told) == len(rows)
    np.testing.assert_allclose(told.filter(like="proba_").sum(axis=1), 1, atol=2e-6)
    assert (told.predicted == truth).mean() > 0.8
    to_file = steelyard("predict", case, tmp_path / "new.csv", "--out", tmp_path / "out.csv")
    assert (to_file.code, to_file.out) == (0, "")
    assert (tmp_path / "out.csv").read_text().split() == ran.out.split()


def test_predict_agrees_with_the_test_split(treated: tuple[Path, Ran], data: Path) -> None:
    """What ``test.npz`` says of the kept model is what that model, loaded again, decides."""
    case, _ = treated
    told = steelyard("predict", case, data / "tumours.csv").out
    predicted = {row["row"]: row["predicted"] for row in csv.DictReader(io.StringIO(told))}
    names = read_case(case)["data"]["classes"]
    with np.load(case / "test.npz") as stored:
        for row, k in zip(stored["row_names"], stored["kept_predicted"]):
            assert predicted[str(row)] == names[k]


def test_predict_refuses_other_columns(treated: tuple[Path, Ran], table) -> None:
    refused(steelyard("predict", treated[0], table()), "E109")


def test_report_writes_the_same_page_again(copy_of: Path) -> None:
    page = (copy_of / "report.html").read_bytes()
    (copy_of / "report.html").unlink()
    ran = steelyard("report", copy_of)
    assert (ran.code, ran.out.strip()) == (0, str(copy_of / "report.html"))
    assert len((copy_of / "report.html").read_bytes()) == len(page)


def test_compare_and_its_gate(treated: tuple[Path, Ran]) -> None:
    case, _ = treated
    assert steelyard("compare", case, "base", "kept").code == 0
    flips = json.loads(steelyard("compare", case, "base", "kept", "--json").out)
    verdict = read_case(case)["verdict"]
    if verdict["kept"] != "base":
        assert flips["negative"] == verdict["test"]["flips"]["negative"]
        assert flips["positive"] == verdict["test"]["flips"]["positive"]
    gate = steelyard("compare", case, "base", "kept", "--max-negative-flips", -1)
    assert gate.code == 1
    assert "FAIL" in gate.out
    assert steelyard("compare", case, "base", "base", "--max-negative-flips", 0).code == 0
    assert refused(steelyard("compare", case, "base", "keptt"), "E101")


def test_json_prints_the_case_and_nothing_else(cheap: Path, data: Path, tmp_path: Path) -> None:
    words = (data / "tumours.csv", "--label", "diagnosis", "--json", *CHEAP)
    for command, case, treated in (
        ("treat", cheap, True),
        ("examine", cheap, True),  # which leaves the treatment as it was
        ("examine", tmp_path / "new", False),
    ):
        ran = steelyard(command, *words, "--case", case)
        assert json.loads(ran.out) == read_case(case)
        check_case(json.loads(ran.out), treated=treated)
        assert ran.err == ""


@pytest.mark.parametrize("command", ["examine", "treat"])
def test_plan_trains_nothing(command: str, data: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    ran = steelyard(command, data / "tumours.csv", "--label", "diagnosis", "--case", case, "--plan")
    assert ran.code == 0, ran.err
    assert "nothing was trained" in ran.out
    assert "posthoc: argmax -> logit-adjusted" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 92
    assert not (case / "case.json").exists()
    assert not list(case.glob("trials/**/*.npz"))


def test_select_and_ignore(cheap: Path, data: Path) -> None:
    words = ("treat", data / "tumours.csv", "--label", "diagnosis", "--case", cheap, "--json")
    one = json.loads(steelyard(*words, "--seeds", 1, *PLENTY, "--select", "d101,r610").out)
    assert {f["code"] for f in one["findings"]} | set(one["quiet"]) <= {"D101"}
    assert {t["name"].split("(")[0] for t in one["trials"][2:]} == {"R610"}
    two = json.loads(steelyard(*words, *CHEAP, "--ignore", "P,R620").out)
    assert {f["code"][0] for f in two["findings"]} <= set("DTS")
    assert {t["name"].split("(")[0] for t in two["trials"][2:]} == {"R610"}


@pytest.mark.parametrize(
    "goal",
    ["macro-f1", "worst-class", "average-precision", "kappa", "log-loss", "accuracy", "cost"],
)
def test_every_goal(goal: str, cheap: Path, data: Path, tmp_path: Path) -> None:
    if goal == "cost":
        (tmp_path / "cost.csv").write_text(",benign,malignant\nbenign,0,1\nmalignant,10,0\n")
        goal = f"cost:{tmp_path / 'cost.csv'}"
    ran = steelyard(
        "treat", data / "tumours.csv", "--label", "diagnosis", "--case", cheap, "--goal", goal,
        "--json", *CHEAP,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    facts = json.loads(ran.out)
    check_case(facts, treated=True)
    assert facts["goal"] == goal.split(":")[0]


def test_every_prior(cheap: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "prior.csv").write_text("benign,0.98\nmalignant,0.02\n")
    found = {}
    for prior in ("uniform", "train", str(tmp_path / "prior.csv")):
        ran = steelyard(
            "treat", data / "tumours.csv", "--label", "diagnosis", "--case", cheap,
            "--prior", prior, "--json", *CHEAP,
        )  # fmt: skip
        assert ran.code == 0, ran.err
        facts = json.loads(ran.out)
        check_case(facts, treated=True)
        found[prior] = {t["name"]: t["goal"]["mean"] for t in facts["trials"]}
        lacking = {lack["code"] for lack in facts["not_applicable"]}
        assert ("R610" in lacking) == (prior == "train")  # nothing to correct
    by_prior = list(found.values())
    assert by_prior[0]["base"] == by_prior[2]["base"]
    assert by_prior[0]["R610(1)"] != by_prior[2]["R610(1)"]


def test_a_test_split_of_its_own(data: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(data / "tumours.csv")
    rows[:100].to_csv(tmp_path / "work.csv", index=False)
    rows[100:].to_csv(tmp_path / "held.csv", index=False)
    before = fingerprint(tmp_path)
    ran = steelyard(
        "examine", tmp_path / "work.csv", "--label", "diagnosis", "--test", tmp_path / "held.csv",
        "--case", tmp_path / "case", "--json", *CHEAP,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["data"]["splits"] == {"work": 100, "test": 75}
    after = fingerprint(tmp_path)
    assert {name: after[name] for name in before} == before


def test_groups_never_straddle(data: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(data / "tumours.csv")
    rows["ward"] = np.arange(len(rows)) % 20
    rows.to_csv(tmp_path / "wards.csv", index=False)
    ran = steelyard(
        "examine", tmp_path / "wards.csv", "--label", "diagnosis", "--group", "ward",
        "--case", tmp_path / "case", "--json", *CHEAP,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    (place,) = (tmp_path / "case" / "cache").glob("*/work.npy")
    work, test = np.load(place), np.load(place.with_name("test.npy"))
    ward = rows["ward"].to_numpy()
    assert not set(ward[work]) & set(ward[test])
    fold = np.load(next(place.parent.glob("fold-0-of-*.npy")))
    for name in np.unique(ward[work]):
        assert len(set(fold[ward[work] == name])) == 1


def test_fail_on_is_a_gate(data: Path, tmp_path: Path) -> None:
    words = ("examine", data / "tumours.csv", "--label", "diagnosis", "--case", tmp_path, *CHEAP)
    severities = {f["severity"] for f in json.loads(steelyard(*words, "--json").out)["findings"]}
    assert severities
    assert steelyard(*words, "--fail-on", "low").code == 1
    assert steelyard(*words, "--fail-on", "critical").code == int("critical" in severities)
