"""The house: which room may import which, how long a file may be, what an import may load."""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "steelyard"
FILES = sorted(SOURCE.rglob("*.py"))

# From the ground up: a room imports only from itself and from rooms before it.
ROOMS = [
    "core", "kit", "models", "engine", "intake", "examine", "diagnose", "prescribe",
    "verify", "options", "treat", "report", "street",
]  # fmt: skip


def room_of(module: str) -> str:
    """The room of ``steelyard.kit.metrics``; files beside the rooms form the street above all."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else "street"


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Line and name of every import of steelyard in a file, also those inside functions."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.append((node.lineno, node.module))
            if node.module == "steelyard":
                found += [(node.lineno, f"steelyard.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
    return [(line, name) for line, name in found if name.split(".")[0] == "steelyard"]


def test_arrows_point_down() -> None:
    wrong = []
    for path in FILES:
        here = room_of(".".join(("steelyard", *path.relative_to(SOURCE).with_suffix("").parts)))
        for line, name in imports_of(path):
            # the bare package holds only the version
            if name == "steelyard" or name == "steelyard.__version__":
                continue
            if ROOMS.index(room_of(name)) > ROOMS.index(here):
                wrong.append(f"{path.relative_to(SOURCE)}:{line} imports {name}")
    assert not wrong


def test_files_are_short() -> None:
    lengths = {p: len(p.read_text("utf-8").splitlines()) for p in FILES}
    assert {str(p): n for p, n in lengths.items() if n > 400} == {}
    assert statistics.median(lengths.values()) <= 120


def test_names_say_what_lives_there() -> None:
    vague = re.compile(r"(utils?|helpers?|manager|factory|misc|common|base)$", re.I)
    classes = [
        node.name
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    # one room keeps the names of another library
    ours = [p for p in FILES if "imbens" not in p.parts]
    names = [p.stem for p in ours] + [p.parent.name for p in ours] + classes
    assert [n for n in names if vague.search(n) or n.startswith("Base")] == []


def test_no_error_code_means_two_things() -> None:
    raised: dict[str, set[str]] = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            code = node.value if isinstance(node, ast.Constant) else None
            if isinstance(code, str) and re.fullmatch(r"E\d{3}", code):
                raised.setdefault(code, set()).add(path.relative_to(SOURCE).parts[0])
    # these say the same thing from two rooms: no such code, no such case, no such backbone
    shared = {code: rooms for code, rooms in raised.items() if len(rooms) > 1}
    assert set(shared) <= {"E102", "E104", "E153", "E161"}, shared


@pytest.mark.parametrize("module", ["steelyard", "steelyard.cli"])
def test_import_is_light(module: str) -> None:
    heavy = "{'torch', 'pandas', 'sklearn', 'numpy'} & set(sys.modules)"
    code = f"import sys, {module}; print(*{heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_kit_stands_alone() -> None:
    code = (
        "import sys, steelyard.kit.metrics, steelyard.kit.intervals, steelyard.kit.posthoc, "
        "steelyard.kit.losses, steelyard.kit.resampling\n"
        "print(*{m.split('.')[1] for m in sys.modules if m.startswith('steelyard.')})\n"
        "print('torch' in sys.modules or 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rooms, heavy = done.stdout.splitlines()
    assert set(rooms.split()) == {"core", "kit"}
    assert heavy == "False"
