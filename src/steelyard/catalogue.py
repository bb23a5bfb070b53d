"""The catalogue: every detector and remedy by its code, as `list` and `explain` show it."""

from collections.abc import Iterable, Iterator
from types import ModuleType

from steelyard.core.errors import UserError, did_you_mean
from steelyard.core.shelf import headings, matches
from steelyard.diagnose import DETECTORS
from steelyard.kit.metrics import GOALS
from steelyard.treat import REMEDIES


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
    for pattern in patterns:
        if not any(matches(code, (pattern,)) for code in codes):
            raise UserError(
                "E102",
                f"there is no detector or remedy '{pattern}'",
                where=flag,
                fix=did_you_mean(pattern, codes) or "see `steelyard list`",
            )


def lines(shelf: str) -> Iterator[str]:
    """One line an entry of ``detectors`` or ``remedies``: code, name, first sentence."""
    for module in DETECTORS if shelf == "detectors" else REMEDIES:
        first = headings(module)[""].splitlines()[0].partition(": ")[2]
        yield f"{module.CODE}  {module.NAME:28}  {first}"


def goals() -> Iterator[str]:
    """One line a goal."""
    for goal in GOALS.values():
        yield f"{goal.name:20}  {'more' if goal.higher_is_better else 'less'} is better"
    yield f"{'cost:FILE':20}  less is better; a CSV with class names on both sides"
