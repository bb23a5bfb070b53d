"""Full disks, read-only folders, killed runs, two runs at once, too little time, planted models."""

import json
import os
import pickle
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from case_schema import check_case, read_case

from conftest import CHEAP, PLENTY, Ran, fingerprint, refused, steelyard
from steelyard.core.case import Case

COMMAND = (sys.executable, "-m", "steelyard.cli")


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator:
    """Mount a small file system of its own; skipped where that is not allowed."""
    places = []

    def mount(options: str) -> Path:
        place = tmp_path / f"mounted{len(places)}"
        place.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", options, "none", str(place)]
        if os.getuid() != 0 or subprocess.run(words, capture_output=True).returncode:
            pytest.skip("mounting a file system is not allowed here")
        places.append(place)
        return place

    yield mount
    for place in places:
        subprocess.run(["umount", str(place)], check=True)


# -------------------------------------------------------------------------- disks
@pytest.mark.parametrize("size", ["4k", "40k"])
def test_disk_that_fills_up(size: str, mounted, data: Path) -> None:
    """In the prepared arrays, in the trials: each time the same clear word, and nothing is lost."""
    disk = mounted(f"size={size}")
    words = ("examine", data / "tumours.csv", "--label", "diagnosis", "--case", disk / "case")
    message = refused_late(steelyard(*words, *CHEAP), "E151")
    assert "the disk is full" in message
    subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
    before = {p: p.stat().st_mtime_ns for p in disk.rglob("*.np?")}
    assert before or size == "4k"
    assert steelyard(*words, *CHEAP).code == 0
    assert {p: p.stat().st_mtime_ns for p in before} == before  # what was done is kept
    assert not list(disk.rglob("tmp*"))


@pytest.mark.parametrize("free", [0.85, 0.995])
def test_disk_that_fills_up_at_the_end(
    free: float, mounted, treated: tuple[Path, Ran], tmp_path: Path, data: Path
) -> None:
    """When the model is handed over, and when the report is written."""
    case, _ = treated
    stored = [path for path in case.rglob("*") if path.is_file()]
    kilobytes = sum(-(-path.stat().st_size // 4096) * 4 for path in stored)
    disk = mounted(f"size={int(free * kilobytes)}k")
    shutil.copytree(
        case, disk / "case", ignore=shutil.ignore_patterns("model", "*.html", "c*.json")
    )
    words = ("treat", data / "tumours.csv", "--label", "diagnosis", "--case", disk / "case")
    ran = steelyard(*words, "--seeds", 2, "--ignore", "R130,R520", *PLENTY)
    assert "the disk is full" in refused_late(ran, "E151")
    subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
    assert steelyard(*words, "--seeds", 2, "--ignore", "R130,R520", *PLENTY).code == 0
    assert not (disk / "case" / "model.new").exists()


def test_files_that_may_not_grow(data: Path, tmp_path: Path) -> None:
    """A quota a file, in a process of its own: no mount is needed."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    words = ("treat", data / "tumours.csv", "--label", "diagnosis", "--case", tmp_path, *CHEAP)
    ran = subprocess.run(
        [*COMMAND, *map(str, words)], preexec_fn=limit, capture_output=True, text=True, check=False
    )
    assert "too large" in refused_late(Ran(ran.returncode, "", ran.stderr), "E150")


def refused_late(ran: Ran, code: str) -> str:
    """As `refused`, after the data have been spoken of."""
    return refused(Ran(ran.code, "", ran.err), code)


@pytest.mark.parametrize("place", ["case", "."])
def test_folder_without_write_permission(place: str, mounted, data: Path) -> None:
    disk = mounted("size=1m")
    (disk / "case").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    case = disk / "case" if place == "case" else disk / "new" / "case"
    words = ("examine", data / "patients.csv", "--label", "course", "--case", case, *CHEAP)
    assert "Read-only" in refused(steelyard(*words), "E150")


def test_place_where_nobody_may_write(data: Path) -> None:
    words = ("examine", data / "patients.csv", "--label", "course", "--case", "/proc/case", *CHEAP)
    refused(steelyard(*words), "E150")


def test_prediction_into_a_folder_that_is_not_there(
    treated: tuple[Path, Ran], data: Path, tmp_path: Path
) -> None:
    words = ("predict", treated[0], data / "tumours.csv", "--out", tmp_path / "no" / "out.csv")
    refused(steelyard(*words), "E150")


# -------------------------------------------------------------------- killed runs
def test_killed_run_resumes_to_the_same_end(data: Path, tmp_path: Path) -> None:
    def words(case: str) -> list[str]:
        path = str(data / "tumours.csv")
        flags = ["--label", "diagnosis", "--case", str(tmp_path / case), "--json", *CHEAP]
        return ["treat", path, *flags, "--seeds", "2"]

    unbroken = json.loads(steelyard(*words("unbroken")).out)
    broken = subprocess.Popen(
        [*COMMAND, *words("broken")], start_new_session=True, stdout=subprocess.DEVNULL
    )
    while broken.poll() is None and len(trained(tmp_path / "broken")) < 7:
        time.sleep(0.02)
    os.killpg(broken.pid, signal.SIGKILL)
    assert broken.wait() == -signal.SIGKILL
    time.sleep(1.0)  # a worker may still finish what it had begun
    first = trained(tmp_path / "broken")
    assert not (tmp_path / "broken" / "case.json").exists()
    resumed = json.loads(steelyard(*words("broken")).out)
    after = trained(tmp_path / "broken")
    assert 7 <= len(first) < len(after) == len(trained(tmp_path / "unbroken"))
    assert {name: after[name] for name in first} == first  # not trained a second time
    check_case(resumed, treated=True)
    assert without_times(resumed) == without_times(unbroken)
    with (
        np.load(tmp_path / "broken" / "test.npz") as one,
        np.load(tmp_path / "unbroken" / "test.npz") as two,
    ):
        np.testing.assert_array_equal(one["kept_proba"], two["kept_proba"])


def trained(case: Path) -> dict[str, int]:
    """The trainings stored in a case and when each was written."""
    found = case.glob("trials/**/*.npz")
    return {str(path.relative_to(case)): path.stat().st_mtime_ns for path in found}


def without_times(facts: dict) -> dict:
    times = ("seconds", "one_fit")
    trials = [{k: v for k, v in trial.items() if k not in times} for trial in facts["trials"]]
    return {**facts, "trials": trials, "seconds": 0, "command": ""}


def test_two_runs_on_one_case(data: Path, tmp_path: Path) -> None:
    words = ("examine", data / "tumours.csv", "--label", "diagnosis", "--case", tmp_path, *CHEAP)
    with Case(tmp_path).in_use():
        assert "--case DIR" in refused(steelyard(*words), "E152")
    assert steelyard(*words).code == 0


# ---------------------------------------------------------------- very little time
@pytest.mark.parametrize("minutes", ["0.05", "0.0001"])
@pytest.mark.parametrize("source", ["tumours.csv", "digits"])
def test_a_verdict_however_short_the_time(
    minutes: str, source: str, data: Path, tmp_path: Path
) -> None:
    case = tmp_path / "case"
    label = ("--label", "diagnosis") if source == "tumours.csv" else ()
    ran = steelyard("treat", data / source, *label, "--case", case, "--minutes", minutes)
    assert ran.code == 0, ran.err
    facts = read_case(case)
    check_case(facts, treated=True)
    assert facts["verdict"]["says"] in " ".join(ran.out.split())
    assert (case / "report.html").is_file()
    ran = steelyard("predict", case, data / source)
    if (case / "model").is_dir():
        assert ran.code == 0, ran.err
    else:
        assert "--minutes" in refused(ran, "E186")


# -------------------------------------------------------------- a case used again
def test_examining_again_takes_nothing_away(copy_of: Path, data: Path) -> None:
    before, model = read_case(copy_of), fingerprint(copy_of / "model")
    words = ("examine", data / "tumours.csv", "--label", "diagnosis", "--case", copy_of)
    assert steelyard(*words, "--seeds", 2, *PLENTY).code == 0
    after = read_case(copy_of)
    assert (after["trials"], after["verdict"]) == (before["trials"], before["verdict"])
    assert fingerprint(copy_of / "model") == model
    assert steelyard("compare", copy_of, "base", "kept").code == 0


def test_an_examination_of_other_data_or_aim_takes_no_model_away(copy_of: Path, data: Path) -> None:
    other = ("examine", data / "patients.csv", "--label", "course", "--case", copy_of, *CHEAP)
    aim = ("examine", data / "tumours.csv", "--label", "diagnosis", "--goal", "kappa")
    before, model = read_case(copy_of), fingerprint(copy_of / "model")
    refused_late(steelyard(*other), "E155")
    refused_late(steelyard(*aim, "--case", copy_of, *CHEAP), "E155")
    assert read_case(copy_of) == before
    assert fingerprint(copy_of / "model") == model


def test_two_files_of_one_name_have_two_cases(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "a"):
        (tmp_path / name).mkdir(exist_ok=True)
        shutil.copy(data / "patients.csv", tmp_path / name / "same.csv")
        words = ("examine", Path(name) / "same.csv", "--label", "course", "--minutes", "0.05")
        assert steelyard(*words, "--seeds", 1).code == 0
    assert len(list((tmp_path / ".steelyard").iterdir())) == 2


def test_the_gate_does_not_pass_what_nobody_looked_at(data: Path, tmp_path: Path) -> None:
    words = ("examine", data / "patients.csv", "--label", "course", "--fail-on", "critical")
    ran = steelyard(*words, "--case", tmp_path / "c", "--minutes", "0.001")
    assert ran.code == 1
    assert "nothing can pass" in ran.err


# ------------------------------------------------------------------ planted models
class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("how", ["pickle", "joblib", "skops type", "skops function", "junk"])
def test_planted_model_runs_no_code(how: str, copy_of: Path, data: Path, tmp_path: Path) -> None:
    import joblib
    import skops.io

    mark, place = tmp_path / "it-ran", copy_of / "model" / "model.skops"
    assert place.is_file()
    if how == "pickle":
        place.write_bytes(pickle.dumps(Bomb(mark)))
    elif how == "joblib":
        joblib.dump(Bomb(mark), place)
    elif how == "junk":
        place.write_bytes(b"PK\x03\x04 no archive")
    else:
        schema = {
            "__class__": "mkdir" if how == "skops function" else "Popen",
            "__module__": "os" if how == "skops function" else "subprocess",
            "__loader__": "FunctionNode" if how == "skops function" else "ObjectNode",
            "__id__": 1,
            "content": {},
            "protocol": skops.io._protocol.PROTOCOL,
            "_skops_version": skops.__version__,
        }
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("schema.json", json.dumps(schema))
    refused(steelyard("predict", copy_of, data / "tumours.csv"), "E187")
    assert not mark.exists()


def test_planted_arrays_run_no_code(copy_of: Path, tmp_path: Path) -> None:
    mark = tmp_path / "it-ran"
    np.savez(copy_of / "test.npz", target=np.array([Bomb(mark)], dtype=object))
    for words in (("report", copy_of), ("compare", copy_of, "base", "kept")):
        refused(steelyard(*words), "E105")
    assert not mark.exists()


def test_planted_table_runs_no_code(tmp_path: Path) -> None:
    mark = tmp_path / "it-ran"
    np.savez(tmp_path / "data.npz", X=np.array([[Bomb(mark)]] * 20, dtype=object), y=[0, 1] * 10)
    ran = steelyard("examine", tmp_path / "data.npz", "--case", tmp_path / "case", *CHEAP)
    assert ran.code == 2, ran
    assert not mark.exists()


@pytest.mark.parametrize("name", ["posthoc.json", "schema.json", "model.json", "backbone.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"name": 3}', "null"])
def test_damaged_parts_of_a_model(name: str, content: str, copy_of: Path, data: Path) -> None:
    (copy_of / "model" / name).write_text(content)
    ran = steelyard("predict", copy_of, data / "tumours.csv")
    refused(ran, "E105" if "E105" in ran.err else "E187")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"schema": 99}', "null"])
def test_damaged_case_file(content: str, copy_of: Path, data: Path) -> None:
    (copy_of / "case.json").write_text(content)
    for words in (("report", copy_of), ("compare", copy_of, "base", "kept")):
        ran = steelyard(*words)
        assert ran.code == 2, ran
        assert ran.err.startswith("error[E10"), ran.err
    words = ("examine", data / "tumours.csv", "--label", "diagnosis", "--case", copy_of)
    assert steelyard(*words, "--seeds", 2, *PLENTY).code == 0  # it is written anew


def test_nothing_in_the_source_unpickles() -> None:
    import ast

    source = Path(__file__).parents[2] / "src" / "steelyard"
    forbidden = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert not forbidden & {alias.name.split(".")[0] for alias in node.names}, path
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in forbidden, path
            elif isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                allowed = {k.arg: k.value for k in node.keywords}.get("allow_pickle")
                if called == "load" and getattr(node.func.value, "id", "") == "np":
                    assert isinstance(allowed, ast.Constant), path
                    assert allowed.value is False, path
                if called == "load" and getattr(node.func.value, "id", "") == "torch":
                    only = {k.arg: k.value for k in node.keywords}.get("weights_only")
                    assert isinstance(only, ast.Constant), path
                    assert only.value is True, path
