"""The blocks of docs/python.md and of the README run and give what the pages say."""

import doctest
import json
import re
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.S)


def test_the_sessions_print_what_the_page_shows() -> None:
    session = "\n".join(block for block in blocks("docs/python.md") if ">>>" in block)
    test = doctest.DocTestParser().get_doctest(session, {}, "docs/python.md", None, 0)
    assert len(test.examples) > 20
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_programs_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one seed and one remedy, which takes seconds of the minutes that the page gives."""
    monkeypatch.chdir(tmp_path)
    programs = [block for block in blocks(page) if ">>>" not in block]
    assert programs
    for program in programs:
        quick, times = re.subn(r"minutes=\d+", r"\g<0>, seeds=1, select=('P3', 'R610')", program)
        assert times == program.count("Doctor(")
        names: dict[str, object] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(quick, page, "exec"), names)
        assert_documented(Path(names["doctor"].case_))  # type: ignore[attr-defined]
        assert (tmp_path / "report.html").read_text("utf-8").lstrip().startswith("<!doctype html>")
        assert names["doctor"].verdict_.state in (  # type: ignore[attr-defined]
            "proven-better", "no-proven-difference", "no-trial-finished",
        )  # fmt: skip


def assert_documented(case: Path) -> None:
    """docs/case.md names every file of a real case and every field of its case.json."""
    page = (ROOT / "docs" / "case.md").read_text("utf-8")
    words = set(re.findall(r"[a-z][a-z_.]*", page))
    files = {path.name for path in case.iterdir() if not path.name.startswith(".")}
    assert files <= words
    facts = json.loads((case / "case.json").read_text("utf-8"))
    # names of metrics and classes are keys as well; they are no fields
    metrics = {name for trial in facts["trials"] for name in trial["metrics"]}
    fields = {word for text in words for word in text.split(".")}
    assert keys(facts) - metrics <= fields


def keys(plain: object) -> set[str]:
    if isinstance(plain, dict):
        return set(plain).union(*(keys(value) for value in plain.values()))
    return set().union(*map(keys, plain)) if isinstance(plain, list) else set()
