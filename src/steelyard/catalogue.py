"""The catalogue: every detector and remedy by its code, as `list` and `explain` show it."""

from collections.abc import Iterable, Iterator
from textwrap import fill, wrap
from types import ModuleType

from steelyard.core.errors import UserError, did_you_mean
from steelyard.core.shelf import headings, matches
from steelyard.diagnose import DETECTORS
from steelyard.kit.metrics import GOALS
from steelyard.treat import REMEDIES

WIDTH = 92  # columns of a terminal


def entry(code: str) -> ModuleType:
    """The detector or remedy with this code or name. Raises `UserError` E102."""
    for shelf in (DETECTORS, REMEDIES):
        if code in shelf:
            return shelf[code]
        for module in shelf:
            if module.NAME.upper() == code.upper():
                return module
    codes = [*DETECTORS.codes, *REMEDIES.codes]
    raise UserError(
        "E102",
        f"there is no detector or remedy '{code}'",
        where=code,
        fix=did_you_mean(code, codes) or "see `steelyard list`",
    )


def require_codes(flag: str, patterns: Iterable[str]) -> None:
    """`UserError` E102 for a pattern that no code begins with; it would select nothing."""
    codes = [*DETECTORS.codes, *REMEDIES.codes]
    names = {module.NAME: module.CODE for shelf in (DETECTORS, REMEDIES) for module in shelf}
    for pattern in patterns:
        if not any(matches(code, (pattern,)) for code in codes):
            stem = pattern.partition("(")[0]  # of R730(smote-bagging) all settings or none
            known = names.get(stem.lower(), stem)
            raise UserError(
                "E102",
                f"there is no detector or remedy '{pattern}'",
                where=flag,
                why="codes select, with all their settings" if known in codes else "",
                fix=did_you_mean(known, codes) or "see `steelyard list`",
            )


def lines(shelf: str) -> Iterator[str]:
    """An entry of ``detectors`` or ``remedies``: code, name, sentence, in two lines if long."""
    for module in DETECTORS if shelf == "detectors" else REMEDIES:
        first = headings(module)[""].splitlines()[0].partition(": ")[2]
        line = f"{module.CODE}  {module.NAME:28}  {first}"
        yield from wrap(line, WIDTH - 2, subsequent_indent=" " * 36)


def told(module: ModuleType) -> str:
    """What `explain` prints: the module's own words in lines no longer than the terminal's."""
    blocks = []
    for block in (module.__doc__ or "").strip().split("\n\n"):
        lines = block.splitlines()
        headed = 2 if len(lines) > 1 and set(lines[1]) == {"-"} else 0
        words = fill(" ".join(lines[headed:]), WIDTH, break_on_hyphens=False)
        blocks.append("\n".join([*lines[:headed], words]))
    return "\n\n".join(blocks).replace("``", "`")


def goals() -> Iterator[str]:
    """One line a goal."""
    for goal in GOALS.values():
        yield f"{goal.name:20}  {'more' if goal.higher_is_better else 'less'} is better"
    yield f"{'cost:FILE':20}  less is better; a CSV with class names on both sides"
