"""Nonsense on the command line and in the files: always a word to the user, never a traceback."""

import os
import struct
import zipfile
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conftest import Ran, steelyard

SHORT = ("--minutes", "0.0001", "--seeds", "1")
ENDINGS = (
    ".csv",
    ".tsv",
    ".txt",
    ".npz",
    ".parquet",
    ".png",
    ".csv.gz",
    ".zip",
    ".xz",
    ".json",
    "",
)
COMMANDS = ("examine", "treat", "compare", "predict", "report", "explain", "list", "x", "")
FLAGS = (
    "--minutes", "--label", "--group", "--test", "--goal", "--prior", "--backbone", "--model",
    "--seeds", "--random-state", "--select", "--ignore", "--sample", "--drop-unlabelled",
    "--skip-unreadable", "--keep-singletons", "--case", "--plan", "--json", "--fail-on", "--out",
    "--all", "--max-negative-flips", "--no-such", "-x", "--",
)  # fmt: skip
bounded = settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def room(data: Path, tmp_path_factory: pytest.TempPathFactory, treated: tuple[Path, Ran]) -> Path:
    """A folder of good and bad things to point at."""
    place = tmp_path_factory.mktemp("fuzz")
    rng = np.random.default_rng(0)
    (place / "good.csv").write_bytes((data / "tumours.csv").read_bytes())
    (place / "digits").symlink_to(data / "digits")
    (place / "case").symlink_to(treated[0])
    (place / "empty").mkdir()
    (place / "loop").symlink_to(place / "loop")
    (place / "zero.csv").write_bytes(b"")
    (place / "noise.csv").write_bytes(rng.bytes(3000))
    (place / "noise.npz").write_bytes(b"PK\x03\x04" + rng.bytes(300))
    (place / "noise.parquet").write_bytes(b"PAR1" + rng.bytes(300) + b"PAR1")
    (place / "noise.png").write_bytes(b"\x89PNG\r\n\x1a\n" + rng.bytes(300))
    (place / "cost.csv").write_text(",benign,malignant\nbenign,0,1\nmalignant,nan,0\n")
    (place / "a file").write_text("text\n")
    np.savez(place / "odd.npz", X=np.zeros((3, 0)), y=np.array([[[]]]))
    np.savez(place / "scalar.npz", X=np.array(3.0), y=np.array("a"))
    with zipfile.ZipFile(place / "names.npz", "w") as archive:
        archive.writestr("X.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 9) + b"{'a': 1}\n")
    return place


def fine(ran: Ran) -> None:
    assert ran.code in (0, 1, 2), ran
    assert ran.code != 2 or "error[E" in ran.err, ran


def run(place: Path, words: list[str]) -> None:
    with chdir(place):
        try:
            ran = steelyard(*words)
        except SystemExit as stopped:  # --help and --version
            ran = Ran(int(stopped.code or 0), "", "")
        fine(ran)


things = st.sampled_from(
    ["good.csv", "digits", "case", "empty", "loop", "zero.csv", "noise.csv", "noise.npz",
     "noise.parquet", "noise.png", "cost.csv", "a file", "odd.npz", "scalar.npz", "names.npz", "",
     ".", "..", "/", "/dev/null", "/dev/zero/x", "n" * 300, "good.csv/x", "cost:cost.csv",
     "cost:", "mine.py:f", "diagnosis", "mean radius", "D101", "P,R", "all", "goals", "base",
     "kept", "macro-f1", "train", "0.1", "-1", "1e9", "nan", "2", "\udcff", "é", "'; ls", "--json"]
)  # fmt: skip
words = st.lists(st.one_of(st.sampled_from(FLAGS), things, st.text(max_size=6)), max_size=6)


@bounded
@given(st.sampled_from(COMMANDS), things, words)
@example("examine", "good.csv", ["--random-state", "99999999999999999999"])
@example("examine", "good.csv", ["--seeds", "99999999999"])
@example("treat", "good.csv", ["--label", "mean radius"])
@example("examine", "good.csv", ["--case", "a file"])
@example("examine", "good.csv", ["--case", "/dev/null/case"])
@example("examine", "good.csv", ["--case", "n" * 300])
@example("examine", "good.csv", ["--prior", "n" * 300])
@example("treat", "good.csv", ["--goal", "cost:cost.csv"])
@example("predict", "case", ["good.csv", "--out", "empty"])
@example("predict", "case", ["noise.npz"])
@example("compare", "case", ["base", "good.csv"])
def test_any_words(room: Path, command: str, path: str, rest: list[str]) -> None:
    rest = [word.replace("\0", "0") for word in rest]  # an argument cannot hold it
    short = SHORT if command in ("examine", "treat") else ()
    run(room, [command, path, *rest, *short])


@bounded
@given(st.binary(max_size=400), st.sampled_from(ENDINGS))
def test_any_bytes_in_a_file(room: Path, content: bytes, ending: str) -> None:
    (room / f"given{ending}").write_bytes(content)
    run(room, ["examine", f"given{ending}", "--case", "given case", *SHORT])


cells = st.one_of(
    st.sampled_from(["a", "b", "1", "0", "", "NaN", "inf", "-1e400"]), st.text(max_size=4)
)


@bounded
@given(st.lists(st.lists(cells, min_size=2, max_size=4), max_size=30), st.sampled_from(",;\t|"))
def test_any_text_table(room: Path, rows: list[list[str]], separator: str) -> None:
    text = "\n".join(separator.join(row) for row in rows)
    (room / "text.csv").write_bytes(text.encode("utf-8", "surrogatepass"))
    run(room, ["examine", "text.csv", "--case", "text case", *SHORT])


@bounded
@given(st.integers(0, 6000), st.integers(1, 30), st.binary(min_size=1, max_size=8))
def test_a_good_table_with_a_wound(room: Path, at: int, length: int, put: bytes) -> None:
    whole = (room / "good.csv").read_bytes()
    (room / "wound.csv").write_bytes(whole[:at] + put + whole[at + length :])
    run(room, ["examine", "wound.csv", "--case", "wound case", *SHORT])


@settings(bounded, max_examples=50)
@given(st.sampled_from(["parquet", "npz", "png"]), st.floats(0, 1), st.binary(max_size=8))
def test_a_good_file_with_a_wound(
    room: Path, data: Path, kind: str, share: float, put: bytes
) -> None:
    import pandas as pd

    frame = pd.read_csv(room / "good.csv")
    place = room / f"wounded.{kind}"
    if kind == "parquet":
        frame.to_parquet(place)
    elif kind == "npz":
        np.savez(place, X=frame.drop(columns="diagnosis"), y=frame["diagnosis"].to_numpy("<U9"))
    else:
        place = room / "pictures" / "a" / "0.png"
        for number, source in enumerate(sorted((data / "digits").glob("test/*o*e*/*.png"))):
            copy = room / "pictures" / "ab"[number % 2] / f"{number // 2}.png"
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    whole = place.read_bytes()
    at = int(share * len(whole))
    place.write_bytes(whole[:at] + put + whole[at + 1 :])
    path = "pictures" if kind == "png" else place.name
    run(room, ["examine", path, "--case", "wounded case", *SHORT])


def test_every_command_without_words(tmp_path: Path) -> None:
    for command in COMMANDS:
        run(tmp_path, [command])
    assert os.listdir(tmp_path) == []
