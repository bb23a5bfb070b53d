"""The annotated file trees: what lives where, in the files' own first lines."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "steelyard"
_ENTRY = re.compile(r"[a-z]\d{3}_")
_WIDTH = 112
# Stages first, in the order in which data pass them; then what they stand on.
_ORDER = [
    "core", "intake", "examine", "diagnose", "prescribe", "treat", "verify", "report",
    "kit", "engine", "models",
]  # fmt: skip

# Folders without a docstring of their own; the rest of the tree speaks for itself.
_OTHERS = {
    "tests/": "contracts/ (every detector, remedy and room), unit/ (mirrors src), journeys/",
    "benchmarks/": "side by side with the field's own tools; each prints a table and the ratio",
    "docs/": "pages of detectors, remedies, goals and errors are written by make_pages.py",
}


def short_tree() -> str:
    """The rooms and what stands beside them, for the README."""
    lines = [("src/steelyard/", "")]
    lines += [(f"  {path.name}", first_line(path)) for path in _beside(SOURCE)]
    for room in _rooms(SOURCE):
        lines += [(f"  {room.name}/", _room_line(room))]
        parts = _rooms(room) if room.name == "kit" else []
        lines += [(f"    {part.name}/", first_line(part / "__init__.py")) for part in parts]
    return _drawn([(name, _cut(note, 17)) for name, note in [*lines, *_OTHERS.items()]])


def whole_tree() -> str:
    """Every file of the package."""
    return _drawn([("src/steelyard/", ""), *_inside(SOURCE, "  ")])


def first_line(path: Path) -> str:
    """The first line of a file's docstring, in plain text."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return text.split("\n")[0].replace("``", "").replace("`", "").removesuffix(".")


def _inside(folder: Path, indent: str) -> list[tuple[str, str]]:
    lines = [(f"{indent}{path.name}", first_line(path)) for path in _beside(folder)]
    for room in _rooms(folder):
        lines += [(f"{indent}{room.name}/", first_line(room / "__init__.py"))]
        lines += _inside(room, indent + "  ")
    return lines


def _beside(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]


def _rooms(folder: Path) -> list[Path]:
    rooms = [path.parent for path in sorted(folder.glob("*/__init__.py"))]
    return sorted(rooms, key=lambda room: _ORDER.index(room.name) if room.name in _ORDER else 99)


def _room_line(room: Path) -> str:
    entries = [path.stem for path in _beside(room) if _ENTRY.match(path.stem)]
    line = first_line(room / "__init__.py")
    return f"{line}: {entries[0]} … {entries[-1].split('_')[0]}" if entries else line


def _drawn(lines: list[tuple[str, str]]) -> str:
    """Names on the left, notes on the right."""
    left = max(len(name) for name, _ in lines) + 2
    return "\n".join(f"{name:{left}}{note}".rstrip() for name, note in lines)


def _cut(note: str, left: int) -> str:
    """What fits beside the names: sentences, else clauses."""
    room = _WIDTH - left
    if len(note) <= room:
        return note
    ends = (note[:room].rfind(mark) for mark in (". ", "; ", ": ", ", "))
    return note[: next((end for end in ends if end > room // 4), None)]
