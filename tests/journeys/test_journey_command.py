"""The command as an installed program: streams, exit codes, help, pipes, an interrupt."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from case_schema import check_case

from conftest import Ran, steelyard
from steelyard.catalogue import DETECTORS, REMEDIES

COMMAND = (sys.executable, "-m", "steelyard.cli")


def command(*words: object, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*COMMAND, *map(str, words)], capture_output=True, text=True, check=False, **options
    )


def test_from_an_empty_folder_with_nothing_said(data: Path, tmp_path: Path) -> None:
    """As the README has it: no ``--case``, a relative path; all that is written is .steelyard."""
    (tmp_path / "here").mkdir()
    path = os.path.relpath(data / "tumours.csv", tmp_path / "here")
    ran = command(
        "examine", path, "--label", "diagnosis", "--seeds", 1, "--minutes", 20, "--json",
        cwd=tmp_path / "here",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    check_case(json.loads(ran.stdout), treated=False)
    assert ran.stderr == ""
    assert [p.name for p in (tmp_path / "here").iterdir()] == [".steelyard"]
    case = tmp_path / "here" / ".steelyard" / "tumours"
    ran = command("report", ".steelyard/tumours", cwd=tmp_path / "here")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (tmp_path / "here" / ran.stdout.strip()).is_file()
    told = json.loads((case / "reproduce.json").read_text())
    assert told["command"].startswith(f"steelyard examine {path}")


def test_predict_as_a_program(treated: tuple[Path, Ran], data: Path) -> None:
    ran = command("predict", treated[0], data / "tumours.csv")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == steelyard("predict", treated[0], data / "tumours.csv").out
    assert ran.stdout.startswith("row,predicted,proba_benign,proba_malignant")


def test_bad_input_as_a_program(tmp_path: Path) -> None:
    ran = command("examine", tmp_path / "nothing.csv", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error[E101]: ")


def test_doctor_says_that_all_is_well() -> None:
    ran = command("doctor")
    assert ran.returncode == 0, ran.stdout
    assert f"{len(DETECTORS.codes)} detectors and {len(REMEDIES.codes)} remedies load" in ran.stdout
    assert "treated end to end" in ran.stdout


@pytest.mark.parametrize("code", [*DETECTORS.codes, *REMEDIES.codes])
def test_explain_every_code(code: str) -> None:
    ran = steelyard("explain", code.lower())
    assert ran.code == 0
    assert ran.out.startswith(code)
    assert not ran.out.splitlines()[1].startswith(code)  # the title stands there once
    assert not ran.out.splitlines()[2].startswith(code)
    assert "References" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 92


def test_list_names_everything() -> None:
    told = steelyard("list").out
    for code in (*DETECTORS.codes, *REMEDIES.codes, "balanced-accuracy", "cost:FILE"):
        assert code in told
    assert max(map(len, told.splitlines())) <= 92
    assert "R610" not in steelyard("list", "detectors").out
    assert steelyard("list", "losses").code == 2


def test_help_and_version() -> None:
    for words in ((), ("treat",), ("examine",), ("compare",), ("predict",)):
        ran = command(*words, "--help")
        assert ran.returncode == 0
        assert "usage: steelyard" in ran.stdout
    assert command("--version").stdout.startswith("steelyard ")


def test_a_reader_that_goes_away() -> None:
    program = f"{sys.executable} -m steelyard.cli explain P301 | head -n 1"
    ran = subprocess.run(program, shell=True, capture_output=True, text=True, check=False)
    assert ran.stdout.startswith("P301")
    assert ran.stderr == ""


def test_keyboard_interrupt_stops_and_leaves_no_process(data: Path, tmp_path: Path) -> None:
    words = ["treat", str(data / "patients.csv"), "--label", "course", "--case", str(tmp_path)]
    run = subprocess.Popen(
        [*COMMAND, *words, "--minutes", "20"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        # a shell's background job ignores interrupts and hands that down
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    while run.poll() is None and not list(tmp_path.glob("trials/**/*.npz")):
        time.sleep(0.02)
    children = children_of(run.pid)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate()
    assert run.returncode == 130
    assert "goes on where this one was" in err
    assert "Traceback" not in out + err
    assert children
    assert not [pid for pid in children if alive(pid)]


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
