"""Tables that are allowed but odd: each ends in a verdict, a report and predictions, in silence."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from case_schema import check_case, read_case

from conftest import CHEAP, steelyard
from steelyard.treat import race


def numbers(rows: int, classes: int, apart: float = 1.5) -> pd.DataFrame:
    """Three numeric columns and ``classes`` classes in turn, their means ``apart``."""
    rng = np.random.default_rng(0)
    target = np.arange(rows) % classes
    X = rng.normal(size=(rows, 3)) + apart * rng.normal(size=(classes, 3))[target]
    return pd.DataFrame(X, columns=list("abc")).assign(target=[f"class {k}" for k in target])


def eight_rows() -> pd.DataFrame:
    return numbers(8, 2)


def two_rows_a_class() -> pd.DataFrame:
    return numbers(20, 10)


def thirty_classes() -> pd.DataFrame:
    return numbers(90, 30)


def one_boolean() -> pd.DataFrame:
    """Two different rows, fifty times each: no row is a copy, there is nothing else to be."""
    yes = np.arange(100) % 2 == 0
    return pd.DataFrame({"yes": yes, "target": np.where(np.arange(100) % 5 < 2, "a", "b")})


def categories_only() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.choice(list("uvwxyz"), 120) for name in ("p", "q")})
    return frame.assign(target=np.where(frame["p"] < "w", "low", "high"))


def holes() -> pd.DataFrame:
    """An empty column, and rows in which every cell is empty."""
    frame = numbers(90, 3).assign(empty=np.nan, word=list("uv ") * 30)
    frame["word"] = frame["word"].replace(" ", None)
    frame.loc[:5, ["a", "b", "c", "word"]] = np.nan
    return frame


def names_that_hurt() -> pd.DataFrame:
    frame = numbers(90, 3)
    names = {"class 0": "<script>alert('1')</script>", "class 1": 'a,"b"\n;c', "class 2": "☃" * 80}
    return frame.assign(target=frame["target"].map(names)).rename(columns={"a": "<b>&amp;"})


def two_against_400() -> pd.DataFrame:
    return numbers(402, 2).assign(target=["rare"] * 2 + ["common"] * 400)


def beyond_single_precision() -> pd.DataFrame:
    frame = numbers(60, 2)
    return frame.assign(a=frame["a"] * 1e300, b=frame["b"] * 1e-300)


def nothing_to_learn() -> pd.DataFrame:
    frame = numbers(120, 2, apart=0)
    return frame.assign(target=np.where(np.arange(120) % 6 == 0, "rare", "common"))


def columns_set_aside() -> pd.DataFrame:
    frame = numbers(100, 2)
    return frame.assign(
        when=pd.date_range("2020-01-01", periods=100).astype(str),
        number=np.arange(100),
        text=[f"note {row}: a sentence of its own kind" for row in range(100)],
        same="x",
    )


TABLES: list[Callable[[], pd.DataFrame]] = [
    eight_rows, two_rows_a_class, thirty_classes, one_boolean, categories_only, holes,
    names_that_hurt, two_against_400, beyond_single_precision, nothing_to_learn, columns_set_aside,
]  # fmt: skip


@pytest.mark.parametrize("make", TABLES, ids=lambda make: make.__name__)
def test_odd_table(make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = race.tuning_candidates
    monkeypatch.setattr(race, "tuning_candidates", lambda *facts: every(*facts)[:1])
    frame, case = make(), tmp_path / "case"
    frame.to_csv(tmp_path / "odd.csv", index=False)
    ran = steelyard(
        "treat", tmp_path / "odd.csv", "--label", "target", "--case", case, *CHEAP
    )  # fmt: skip
    assert ran.code == 0, ran.err
    facts = read_case(case)
    check_case(facts, treated=True)
    assert facts["verdict"]["state"] != "no-trial-finished", facts["verdict"]["says"]
    assert {trial["state"] for trial in facts["trials"]} == {"done"}
    assert "<script>alert" not in (case / "report.html").read_text("utf-8")
    told = steelyard("predict", case, tmp_path / "odd.csv")
    assert told.code == 0, told.err
    pd.read_csv(tmp_path / "odd.csv")


def test_nothing_to_learn_is_not_called_better(tmp_path: Path) -> None:
    nothing_to_learn().to_csv(tmp_path / "odd.csv", index=False)
    case = tmp_path / "case"
    ran = steelyard("treat", tmp_path / "odd.csv", "--label", "target", "--case", case, *CHEAP)
    assert ran.code == 0, ran.err
    assert read_case(case)["verdict"]["state"] == "no-proven-difference"


def test_one_group(tmp_path: Path) -> None:
    numbers(60, 2).assign(ward="only").to_csv(tmp_path / "odd.csv", index=False)
    words = ("treat", tmp_path / "odd.csv", "--label", "target", "--case", tmp_path / "case")
    ran = steelyard(*words, "--group", "ward", *CHEAP)
    assert ran.code == 2, ran
    assert ran.err.splitlines()[-4].startswith("error[E188]")
