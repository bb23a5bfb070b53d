"""The committed pages say what the code says, and lead where they point."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

import error_codes  # noqa: E402 - docs/ is no package
import file_tree  # noqa: E402
import make_pages  # noqa: E402

PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md"), *ROOT.glob("C*.md")])


def test_the_pages_are_up_to_date() -> None:
    stale = [str(path) for path in make_pages.stale()]
    assert stale == [], "run: .venv/bin/python docs/make_pages.py"


def test_a_changed_docstring_makes_its_page_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    from steelyard.treat import REMEDIES

    remedy = REMEDIES["R610"]
    monkeypatch.setattr(remedy, "__doc__", remedy.__doc__.replace("Subtracts", "Takes"))
    assert Path("docs/remedies/r610_logit_adjustment.md") in make_pages.stale()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    links = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'(?:src|href)="([^"#]+)"', text)
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_no_double_backticks_are_left() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    assert "``" not in text.replace("```", "")


def test_error_codes_are_found_however_they_are_raised(tmp_path: Path) -> None:
    (tmp_path / "room.py").write_text(
        "def one(path):\n"
        "    raise UserError('E101', f\"no '{path}'\", fix='x')\n"
        "def two(full):\n"
        "    return UserError('E151' if full else 'E150', 'full' if full else 'read-only')\n"
        "def misfit(what):\n"
        "    return UserError('E109', what)\n"
        "def three(n):\n"
        "    raise misfit(f'{len(n)} rows, ' + str(n))\n"
        "    print('E199', 1)\n"
    )
    found = {(one.code, one.text) for one in error_codes.sayings(tmp_path)}
    assert {
        ("E101", "no '{path}'"),
        ("E151", "full"),
        ("E150", "read-only"),
        ("E109", "… rows, …"),
    } <= found


def test_no_error_code_of_the_source_is_missed() -> None:
    found = {one.code for one in error_codes.sayings(file_tree.SOURCE)}
    text = "".join(path.read_text("utf-8") for path in file_tree.SOURCE.rglob("*.py"))
    assert found == set(re.findall(r"""["'\[](E\d{3})["'\]]""", text))


def test_the_tree_names_every_room_and_every_file() -> None:
    rooms = {path.parent.name for path in file_tree.SOURCE.glob("*/__init__.py")}
    short = file_tree.short_tree()
    assert rooms <= set(re.findall(r"^  (\w+)/", short, re.M))
    assert max(map(len, short.splitlines())) <= 112
    files = {p.name for p in file_tree.SOURCE.rglob("*.py") if p.name != "__init__.py"}
    assert files == set(re.findall(r"(\w+\.py) ", file_tree.whole_tree()))


def test_a_long_line_is_cut_at_a_sentence_or_clause() -> None:
    note = "First a sentence of some length. Then another: with one, two and three parts in it"
    assert file_tree._cut(note, 112 - len(note)) == note
    assert file_tree._cut(note, 112 - 60) == "First a sentence of some length"
    assert file_tree._cut("A list of things: one, two", 112 - 20) == "A list of things"
