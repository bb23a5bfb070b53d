"""The case: files whole or not at all, one run at a time, damage named."""

import errno
import multiprocessing
import os
import signal
import stat
from pathlib import Path

import numpy as np
import pytest

from steelyard.core.case import Case, cannot_write
from steelyard.core.errors import UserError


def test_json_and_arrays_come_back(tmp_path):
    case = Case(tmp_path / "deep" / "case")
    case.write_json("a/b.json", {"n": [1, None]})
    assert case.read_json("a/b.json") == {"n": [1, None]}
    case.write_arrays("c.npz", {"x": np.arange(3), "name": np.array(["a", "bb"])})
    found = case.read_arrays("c.npz")
    assert found is not None
    assert {key: array.tolist() for key, array in found.items()} == {
        "x": [0, 1, 2], "name": ["a", "bb"],
    }  # fmt: skip
    assert case.read_json("none.json") is None
    assert case.read_arrays("none.npz") is None


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path):
    case = Case(tmp_path)
    case.write("part", lambda part: part.write(b"old"))

    def half(part):
        part.write(b"new")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        case.write("part", half)
    assert (tmp_path / "part").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["part"]


def test_numbers_that_json_lacks_are_refused_not_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        Case(tmp_path).write_json("case.json", {"p": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_files_may_be_read_by_whom_the_user_lets(tmp_path):
    old = os.umask(0o027)
    try:
        path = Case(tmp_path).write("part", lambda part: part.write(b""))
        assert os.umask(0o027) == 0o027  # asking for the mask has not changed it
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_full_disk_and_a_closed_folder_have_their_own_words(tmp_path):
    def full(part):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(UserError) as caught:
        Case(tmp_path).write("part", full)
    assert caught.value.code == "E151"
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as caught:
        Case(tmp_path / "file").write("part", lambda part: None)
    assert caught.value.code == "E150"
    assert cannot_write(Path("x"), OSError("odd"), "--out FILE").fix.endswith("--out FILE")


@pytest.mark.parametrize("at", ["start", "middle", "end"])
def test_a_cut_off_archive_is_named(at, tmp_path):
    case = Case(tmp_path)
    raw = case.write_arrays("x.npz", {"x": np.arange(100)}).read_bytes()
    keep = {"start": 0, "middle": len(raw) // 2, "end": len(raw) - 1}[at]
    (tmp_path / "x.npz").write_bytes(raw[:keep])
    with pytest.raises(UserError) as caught:
        case.read_arrays("x.npz")
    assert caught.value.code == "E105"


def test_an_archive_with_any_wrong_bytes_is_read_or_named(tmp_path):
    """One bit makes an archive look encrypted, or stored by a method that nobody knows."""
    case, rng, refused = Case(tmp_path), np.random.default_rng(0), 0
    raw = case.write_arrays("x.npz", {"x": np.arange(5.0), "y": np.array(["a"])}).read_bytes()
    for _ in range(1500):
        wrong = bytearray(raw)
        wrong[rng.integers(len(raw))] ^= 1 << rng.integers(8)
        (tmp_path / "x.npz").write_bytes(wrong)
        try:
            case.read_arrays("x.npz")
        except UserError as error:
            refused += error.code == "E105"
    assert refused > 700


def _hold(folder, ready):
    with Case(folder).in_use():
        ready.set()
        signal.pause()


def test_one_run_at_a_time_and_a_killed_one_lets_go(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=_hold, args=(tmp_path, ready))
    other.start()
    try:
        assert ready.wait(60)
        with pytest.raises(UserError) as caught, Case(tmp_path).in_use():
            pytest.fail("two runs on one case")
        assert caught.value.code == "E152"
    finally:
        other.kill()
        other.join()
    with Case(tmp_path).in_use():
        pass
    with Case(tmp_path).in_use():  # and it was given back
        pass
