"""The command as a user types it, and the small real data it is tried on."""

import hashlib
import io
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from steelyard import demo
from steelyard.cli import main

# Written for another library: a test runs them with their import lines changed.
collect_ignore = ["scripts_for_imbens"]

# Long enough that no deadline ends a trial on a busy machine; what is trained bounds the time.
PLENTY = ("--minutes", "20")
# One seed and remedies that need no training of their own.
CHEAP = ("--seeds", "1", "--select", "D,P,T,S,R610,R620", *PLENTY)


@dataclass(frozen=True)
class Ran:
    """What the command left: its exit code and both streams."""

    code: int
    out: str
    err: str


def steelyard(*words: object) -> Ran:
    """Run the command in this process, so that its workers live on to the next run."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(word) for word in words])
    assert "Traceback" not in out.getvalue() + err.getvalue()
    return Ran(code, out.getvalue(), err.getvalue())


def refused(ran: Ran, code: str) -> str:
    """Check that the input was refused as ``code`` and in the form of all errors; the message."""
    assert ran.code == 2, ran
    message = ran.err[ran.err.index("error[") :]
    assert message.startswith(f"error[{code}]: "), message
    kinds = [line.split()[0] for line in message.splitlines()[1:]]
    assert kinds == [kind for kind in ("-->", "why:", "fix:") if kind in kinds], message
    assert "-->" in kinds, message
    assert "fix:" in kinds, message
    assert not ran.out.strip(), ran.out
    return message


def fingerprint(path: Path) -> dict[str, str]:
    """Name -> hash of everything under ``path``, to see that nothing was touched."""
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "folder"
        for file in files
    }


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``tumours.csv``, ``patients.csv`` and ``digits/``; checked to stay as it is."""
    folder = tmp_path_factory.mktemp("data")
    tumours(folder / "tumours.csv")
    demo.patients_table(folder / "patients.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "LARGEST", 24)
        patch.setattr(demo, "IMBALANCE", 6)
        patch.setattr(demo, "TEST_PER_CLASS", 8)
        demo.digits_folder(folder / "digits")
    before = fingerprint(folder)
    yield folder
    assert fingerprint(folder) == before


def tumours(path: Path) -> None:
    """Wisconsin's breast tumours, one malignant in seven, every fourth of the columns."""
    from sklearn.datasets import load_breast_cancer

    loaded = load_breast_cancer(as_frame=True)
    kept = np.r_[np.flatnonzero(loaded.target == 1)[:150], np.flatnonzero(loaded.target == 0)[:25]]
    frame = loaded.data.iloc[kept, ::4].round(3)
    frame["diagnosis"] = np.where(loaded.target.iloc[kept] == 1, "benign", "malignant")
    frame.sample(frac=1, random_state=0).to_csv(path, index=False)


@pytest.fixture(scope="session")
def treated(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The case of the tumours after ``treat`` with two seeds, and what was printed."""
    case = tmp_path_factory.mktemp("cases") / "tumours"
    ran = steelyard(
        "treat", data / "tumours.csv", "--label", "diagnosis", "--case", case,
        "--seeds", 2, "--ignore", "R130,R520", *PLENTY,
    )  # fmt: skip
    return case, ran


@pytest.fixture
def copy_of(treated: tuple[Path, Ran], tmp_path: Path) -> Path:
    """A case of one's own to harm."""
    return Path(shutil.copytree(treated[0], tmp_path / "case"))


@pytest.fixture
def table(tmp_path: Path):
    """Write a small table whose classes can be told apart; ``change`` it first."""

    def write(change=lambda frame: frame, name: str = "table.csv", rows: int = 60) -> Path:
        rng = np.random.default_rng(0)
        target = np.arange(rows) % 3 == 0
        frame = pd.DataFrame(rng.normal(size=(rows, 3)) + target[:, None], columns=list("abc"))
        frame["target"] = np.where(target, "rare", "common")
        folder = tmp_path / "tables"
        folder.mkdir(exist_ok=True)
        frame = change(frame)
        frame.to_csv(folder / name, index=False)
        return folder / name

    return write
