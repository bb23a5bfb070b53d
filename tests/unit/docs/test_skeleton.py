"""The skeleton of a new detector or remedy keeps the contracts that an unfilled one can keep."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard import skeleton
from steelyard.cli import main
from steelyard.core.errors import NotApplicable, UserError
from steelyard.core.recipe import Recipe, Step
from steelyard.core.shelf import headings
from steelyard.diagnose import DETECTORS
from steelyard.diagnose.twins import even, examined
from steelyard.skeleton import KINDS, write_skeleton
from steelyard.treat import REMEDIES

CHECKOUT = Path(__file__).parents[3]
# No entry will ever bear these codes.
DETECTOR, REMEDY = "m999_my_detector", "r999_my_remedy"
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, so that nothing is dropped on the real shelves."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(skeleton, "_PACKAGE", tmp_path / "src" / "steelyard")
    return tmp_path


def test_a_detector_has_the_headings_of_the_others(tmp_path: Path) -> None:
    module = load(write_skeleton("detector", DETECTOR, tmp_path)[0])
    parts = headings(module)
    assert list(parts) == list(headings(DETECTORS["D101"]))
    assert all(parts.values())
    assert parts[""].startswith("M999 my-detector: ")
    told = re.findall(r"\bR\d{3}\b", parts["What helps"])
    assert tuple(told) == module.HELPS
    assert (module.CODE, module.NAME) == ("M999", "my-detector")


def test_a_remedy_has_the_headings_and_facts_of_the_others(tmp_path: Path) -> None:
    module = load(write_skeleton("remedy", REMEDY, tmp_path)[0])
    assert list(headings(module)) == list(headings(REMEDIES["R610"]))
    facts = {name for name in vars(REMEDIES["R210"]) if name.isupper()}
    assert facts <= {name for name in vars(module) if name.isupper()}
    assert (module.CODE, module.NAME) == ("R999", "my-remedy")


def test_unfilled_it_stops_no_run_but_says_what_it_lacks(tmp_path: Path) -> None:
    exam = examined(even(2), np.random.default_rng(0))
    detector = load(write_skeleton("detector", DETECTOR, tmp_path)[0])
    remedy = load(write_skeleton("remedy", REMEDY, tmp_path)[0])
    with pytest.raises(NotApplicable, match=r"^needs its detect\(\) to be written"):
        detector.detect(exam)
    with pytest.raises(NotApplicable, match=r"^needs its apply\(\) to be written"):
        remedy.apply(Recipe(Step("forest")), exam, **remedy.OPTIONS[0])
    with pytest.raises(NotImplementedError, match=r"M999 my-detector: write sick\(\)"):
        detector.sick(3, np.random.default_rng(0))


@kinds
def test_in_a_checkout_it_goes_on_its_shelf_with_a_test(
    kind: skeleton.Kind, checkout: Path
) -> None:
    name = {"detector": DETECTOR, "remedy": REMEDY}[kind.word]
    entry, test = write_skeleton(kind.word, name)
    assert entry == checkout / "src" / "steelyard" / kind.room / f"{name}.py"
    assert test == checkout / "tests" / "unit" / kind.room / f"test_{name}.py"
    compile(test.read_text(), str(test), "exec")
    assert f"from {kind.shelf.package} import {name} as {kind.word}" in test.read_text()


@kinds
@pytest.mark.skipif(shutil.which("ruff", path=Path(sys.executable).parent) is None, reason="ruff")
def test_it_is_clean_before_it_is_filled(kind: skeleton.Kind, checkout: Path) -> None:
    name = {"detector": DETECTOR, "remedy": REMEDY}[kind.word]
    paths = [str(path) for path in write_skeleton(kind.word, name)]
    ruff = [str(Path(sys.executable).parent / "ruff")]
    options = ["--no-cache", "--config", str(CHECKOUT / "pyproject.toml"), *paths]
    for action in (["check"], ["format", "--check"]):
        done = subprocess.run([*ruff, *action, *options], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("word", "name", "fix"),
    [
        ("detector", "M999-My-Detector.py", "m999_my_detector"),
        ("detector", "m999", "m999_my_detector"),
        ("remedy", "m999_calm", "r999_calm"),
        ("remedy", "R610 logit", f"{KINDS['remedy'].free('r6').lower()}_logit"),
        ("remedy", "r61_logit", f"{KINDS['remedy'].free('r6').lower()}_logit"),
        ("detector", "tails", f"{KINDS['detector'].free('d1').lower()}_tails"),
    ],
)
def test_a_bad_name_is_mended(word: str, name: str, fix: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no name for a") as caught:
        write_skeleton(word, name, tmp_path)
    assert caught.value.code == "E196"
    assert caught.value.fix == f"did you mean '{fix}'?"
    assert not list(tmp_path.iterdir())


@given(name=st.text(max_size=30), word=st.sampled_from(sorted(KINDS)))
def test_whatever_the_name_the_mended_one_is_good(name: str, word: str) -> None:
    kind = KINDS[word]
    mended = skeleton._mended(kind, name)
    letter, number, rest = skeleton._parts(kind, mended)
    assert f"{letter}{number}".upper() not in kind.shelf
    assert rest


@kinds
def test_a_taken_code_is_refused_and_a_free_one_offered(
    kind: skeleton.Kind, tmp_path: Path
) -> None:
    taken = kind.shelf.codes[0]
    with pytest.raises(UserError, match=f"the code {taken} is taken") as caught:
        write_skeleton(kind.word, f"{taken.lower()}_again", tmp_path)
    offered = caught.value.fix.split()[-1]
    assert offered.endswith("_again")
    assert write_skeleton(kind.word, offered, tmp_path)


def test_the_next_code_is_round_and_free() -> None:
    free = KINDS["detector"].free("d1")
    assert free not in DETECTORS
    assert free.endswith("0")
    assert int(free[1:]) > max(int(c[1:]) for c in DETECTORS.codes if c.startswith("D1"))
    assert KINDS["detector"].free("m9") == "M910"


def test_nothing_is_overwritten(checkout: Path) -> None:
    entry, test = write_skeleton("detector", DETECTOR)
    entry.unlink()
    test.write_text("mine")
    with pytest.raises(UserError, match="exists") as caught:
        write_skeleton("detector", DETECTOR)
    assert caught.value.code == "E198"
    assert test.read_text() == "mine"
    assert not entry.exists()


def test_outside_a_checkout_a_folder_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skeleton, "_PACKAGE", tmp_path / "site-packages" / "steelyard")
    with pytest.raises(UserError, match="installed, not a checkout") as caught:
        write_skeleton("remedy", REMEDY)
    assert caught.value.code == "E199"


def test_the_command_prints_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a file").touch()
    assert main(["new", "remedy", REMEDY, "--folder", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / REMEDY}.py\n"
    assert main(["new", "remedy", REMEDY, "--folder", str(tmp_path / "a file")]) == 2
    assert capsys.readouterr().err.startswith("error[E199]: cannot write")
