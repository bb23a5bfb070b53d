"""The schema of ``case.json`` (schema 1), written down a second time, strictly."""

import json
import math
from pathlib import Path
from typing import Any

SEVERITIES = {"low", "medium", "high", "critical"}
BESIDE = {"balanced-accuracy", "macro-f1", "kappa", "accuracy", "worst-class", "log-loss"}


def read_case(folder: Path) -> dict[str, Any]:
    """``case.json``, read as strict JSON, in which NaN is no number."""

    def no_constant(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    return json.loads((folder / "case.json").read_text("utf-8"), parse_constant=no_constant)


def check_case(facts: dict[str, Any], *, treated: bool) -> None:
    """Every field of schema 1 with its type and range, and what must agree must agree."""
    assert facts["schema"] == 1
    assert facts["model"] in ("model/", None)
    for name in ("steelyard", "command", "goal", "prior", "report"):
        assert facts[name], name
        assert isinstance(facts[name], str), name
    assert facts["seconds"] > 0
    check_data(facts["data"])
    for finding in facts["findings"]:
        check_finding(finding)
    for lack in facts["not_applicable"]:
        assert set(lack) == {"code", "why"}
        assert lack["why"]
    for trial in facts["trials"]:
        check_trial(trial)
    if not treated:
        assert facts["model"] is None
        assert facts["trials"] == []
        assert facts["verdict"] is None
        return
    check_verdict(facts["verdict"], facts["goal"])
    names = [trial["name"] for trial in facts["trials"]]
    assert len(set(names)) == len(names)
    if names:
        assert names[:2] == ["base", "tuned-base"]
        assert facts["verdict"]["kept"] in names


def check_data(data: dict[str, Any]) -> None:
    assert data["kind"] in {"table", "images", "features", "predictions"}
    assert all(isinstance(name, str) for name in data["classes"])
    assert len(set(data["classes"])) == len(data["classes"]) == len(data["counts"])
    assert sum(data["counts"]) == data["rows"]
    assert sum(data["splits"].values()) <= data["rows"]  # copies of test rows are left out of work
    assert set(data["splits"]) == {"work", "test"}


def check_finding(finding: dict[str, Any]) -> None:
    assert {
        "code", "name", "severity", "confidence", "says", "where", "evidence", "helps",
    } <= set(finding)  # fmt: skip
    assert finding["severity"] in SEVERITIES
    assert 0 < finding["confidence"] <= 1
    assert finding["says"]
    assert all(isinstance(where, str) for where in finding["where"])
    for evidence in finding["evidence"]:
        assert {"name", "value", "low", "high", "n", "expected"} <= set(evidence)
        assert isinstance(evidence["n"], int)
        if evidence["low"] is not None:
            assert evidence["low"] <= evidence["value"] <= evidence["high"], evidence


def check_trial(trial: dict[str, Any]) -> None:
    assert len(trial["key"]) == 16
    assert trial["state"] in {"done", "stopped", "failed"}
    assert trial["state"] == "done" or trial["why"]
    assert isinstance(trial["seeds"], int)
    assert trial["seconds"] >= 0
    assert all(isinstance(change, str) for change in trial["changes"])
    if trial["seeds"]:
        check_interval(trial["goal"])
        check_interval(trial["vs_tuned_base"], difference=True)
        assert 0 <= trial["calibration_error"] <= 1


def check_interval(interval: dict[str, float], *, difference: bool = False) -> None:
    assert interval["low"] <= interval["mean"] <= interval["high"], interval
    assert all(math.isfinite(interval[end]) for end in ("low", "mean", "high"))
    if difference:
        assert 0 <= interval["p"] <= 1


def check_verdict(verdict: dict[str, Any], goal: str) -> None:
    assert verdict["state"] in {"proven-better", "no-proven-difference", "no-trial-finished"}
    assert verdict["tried"] >= 0
    assert verdict["says"]
    test = verdict["test"]
    if test is None:
        assert verdict["state"] != "proven-better"
        return
    assert (verdict["state"] == "proven-better") == (verdict["kept"] != "base")
    for side in ("base", "kept"):
        assert BESIDE | {goal} == set(test[side])
        for interval in test[side].values():
            check_interval(interval)
    check_interval(test["difference"], difference=True)
    flips = test["flips"]
    assert flips["negative"] + flips["positive"] <= flips["n"]
    assert {"negative", "positive", "n", "seed_to_seed_negative"} <= set(flips)
    if verdict["state"] == "proven-better":
        assert test["difference"]["low"] > 0
        assert test["difference"]["mean"] >= 0.01
        assert test["difference"]["p"] <= 0.05
