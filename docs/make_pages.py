"""Writes every page that the code itself knows best, and the generated parts of the README.

    python docs/make_pages.py            write them
    python docs/make_pages.py --check    exit 1 and name those that are out of date

Detectors and remedies are documented in their own docstrings, which ``steelyard explain`` prints.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from error_codes import sayings
from file_tree import ROOT, SOURCE, short_tree, whole_tree
from steelyard.core.shelf import Shelf, headings
from steelyard.diagnose import DETECTORS
from steelyard.kit.metrics import GOALS
from steelyard.treat import REMEDIES

NOTE = "<!-- written by docs/make_pages.py: do not edit -->\n"
SHELVES = {"detectors": DETECTORS, "remedies": REMEDIES}
_CODE = re.compile(r"\b([A-Z]\d{3})\b")


def pages() -> dict[Path, str]:
    """Path inside the repository -> the text that belongs there."""
    found = {
        Path("docs/goals.md"): goals_page(),
        Path("docs/errors.md"): errors_page(),
        Path("docs/files.md"): files_page(),
        Path("README.md"): readme((ROOT / "README.md").read_text("utf-8")),
    }
    for name, shelf in SHELVES.items():
        found[Path("docs", name, "README.md")] = index_page(name, shelf)
        for module in shelf:
            found[Path("docs", name, f"{_stem(module)}.md")] = entry_page(name, module)
    return found


def stale() -> list[Path]:
    """Pages that differ from what the code says now, and entry pages whose entry is gone."""
    wanted = pages()
    differing = [path for path, text in wanted.items() if _read(ROOT / path) != text]
    there = (p.relative_to(ROOT) for name in SHELVES for p in (ROOT / "docs" / name).glob("*.md"))
    return differing + [path for path in there if path not in wanted]


# --------------------------------------------------------------------- the pages
def entry_page(shelf: str, module: ModuleType) -> str:
    """One detector or remedy: its facts and its docstring."""
    parts = headings(module)
    source = Path(str(module.__file__)).relative_to(ROOT)
    lines = [NOTE, f"# {module.CODE} {module.NAME}\n", f"{_sentence(module)}\n"]
    if shelf == "remedies":
        lines += [_facts(module)]
    for heading, text in parts.items():
        if heading:
            lines += [f"## {heading}\n", f"{_linked(_markdown(text), shelf)}\n"]
    lines += ["---", f"Source: [{source.name}](../../{source}). In the terminal: "
              f"`steelyard explain {module.CODE}`."]  # fmt: skip
    return "\n".join(lines) + "\n"


def _facts(remedy: ModuleType) -> str:
    tried = "; ".join(_setting(options) for options in remedy.OPTIONS)
    rows = {
        "treats": _linked(", ".join(remedy.TREATS), "remedies"),
        "changes": ", ".join(remedy.SLOTS),
        "stage": remedy.STAGE,
        "cost": f"{remedy.COST:g} trainings of the base",
        "models": ", ".join(remedy.KINDS),
        "settings tried": tried,
        "clashes with": _linked(", ".join(remedy.CLASHES), "remedies") or "nothing",
    }
    return _table(("fact", "value"), rows.items())


def index_page(name: str, shelf: Shelf) -> str:
    """All entries of a shelf."""
    text = {
        "detectors": "Each is one file: an exam in, a finding or silence out. Each ships twins, a "
        "sick and a healthy exam, on which it is tested for 2, 3, 10 and 100 classes.",
        "remedies": "Each is one file: a recipe in, a changed recipe out. They are tried in the "
        "order of their stage: decision rule (post-hoc), head, data, full training.",
    }[name]
    return "\n".join([NOTE, f"# {name.capitalize()}\n", f"{text}\n", entries_table(name, "")])


def entries_table(name: str, folder: str) -> str:
    """Code, name and first sentence of every entry; links are relative to ``folder``."""
    rows = ((f"[{m.CODE}]({folder}{_stem(m)}.md)", m.NAME, _sentence(m)) for m in SHELVES[name])
    return _table(("code", "name", "what"), rows)


def goals_page() -> str:
    """What can be named as ``--goal``."""
    rows = (
        (
            f"`{goal.name}`",
            (goal.function.__doc__ or "").strip().split("\n")[0].replace("``", "`"),
            f"{goal.bounds[0]:g} to {goal.bounds[1]:g}".replace("inf", "∞"),
            "more" if goal.higher_is_better else "less",
            {"decision": "decisions", "proba": "probabilities"}[goal.needs],
        )
        for goal in GOALS.values()
    )
    table = _table(("`--goal`", "what it is", "range", "better", "looks at"), rows)
    return f"""{NOTE}
# Goals

The goal is what a trial has to get better at. The default is `balanced-accuracy`; balanced
accuracy, macro-F1, kappa, accuracy, worst class and log loss always stand beside it.

{table}
## cost:FILE

`--goal cost:costs.csv` is the mean cost of a row; less is better. The file names the classes on
both sides: a line is the truth, a column the decision.

```
truth,healthy,ill
healthy,0,1
ill,50,0
```
"""


def errors_page() -> str:
    """Every error code with its words."""
    rows: dict[str, list[str]] = {}
    rooms: dict[str, set[str]] = {}
    for one in sayings(SOURCE):
        rows.setdefault(one.code, []).append(_escaped(one.text))
        rooms.setdefault(one.code, set()).add(str(one.file.relative_to(SOURCE)))
    lines = ((code, "<br>".join(dict.fromkeys(texts)), ", ".join(sorted(rooms[code])))
             for code, texts in rows.items())  # fmt: skip
    return f"""{NOTE}
# Errors

Bad input ends with exit code 2 and a message of four parts on standard error, never a traceback:

```
error[E104]: which column holds the labels?
  --> data.csv
  why: what is wrong with it
  fix: what to do about it
```

From Python the same text is a `steelyard.UserError`, which is a `ValueError` with the attributes
`code`, `what`, `where`, `why` and `fix`. A code is never reused. Words in braces and … stand for
what differs each time.

{_table(("code", "says", "raised in"), lines)}"""


def files_page() -> str:
    """The whole file tree."""
    return f"""{NOTE}
# Files

Every file of the package with the first line of its docstring. Imports only point down: command
and doctor, report, verify, treat, prescribe, diagnose, examine, intake, engine, models, kit, core.
A test walks them.

```
{whole_tree()}
```
"""


def readme(text: str) -> str:
    """The README with its generated blocks renewed."""
    blocks = {
        "tree": f"```\n{short_tree()}\n```",
        "detectors": entries_table("detectors", "docs/detectors/"),
        "remedies": entries_table("remedies", "docs/remedies/"),
        "session": f"```\n{(_read(ROOT / 'docs' / 'session.txt') or '').rstrip()}\n```",
    }
    for name, block in blocks.items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
        text = marked.sub(lambda m, block=block: f"{m[1]}{block.rstrip()}\n{m[2]}", text)
    return text


# --------------------------------------------------------------------- its words
def _sentence(module: ModuleType) -> str:
    """The first sentence, without the code and name before it."""
    first = " ".join(headings(module)[""].split())
    told = _markdown(first.split(": ", 1)[1])
    return told[0].upper() + told[1:]


def _markdown(text: str) -> str:
    return text.replace("``", "`")


def _linked(text: str, here: str) -> str:
    """Codes of detectors and remedies become links to their pages."""

    def link(match: re.Match[str]) -> str:
        for name, shelf in SHELVES.items():
            if match[1] in shelf:
                folder = "" if name == here else f"../{name}/"
                return f"[{match[1]}]({folder}{_stem(shelf[match[1]])}.md)"
        return match[1]

    return _CODE.sub(link, text)


def _setting(options: dict[str, object]) -> str:
    return ", ".join(f"`{name}={value}`" for name, value in options.items()) or "the default"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|").replace("*", "\\*")


def _stem(module: ModuleType) -> str:
    return module.__name__.rsplit(".", 1)[1]


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


def main(words: list[str]) -> int:
    """Write or check; returns the exit code."""
    old = stale()
    if "--check" in words:
        print(*(f"out of date: {path}" for path in old), sep="\n" if old else "")
        return 1 if old else 0
    wanted = pages()
    for path in old:
        if path in wanted:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(wanted[path], "utf-8")
        else:
            (ROOT / path).unlink()
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
