"""What steelyard says when it cannot go on: the user's own words, the place and the mend."""

from collections.abc import Sequence
from difflib import get_close_matches


class UserError(ValueError):
    """The input is bad and the user can mend it.

    Parameters
    ----------
    code : str
        ``E1xx``; a code is never reused.
    what : str
        One line that quotes the user's own words (a path, a column, a class), never their data.
    where : str
        The file, folder, column or argument.
    why : str
        Why steelyard cannot go on.
    fix : str
        What to do about it.
    """

    def __init__(
        self, code: str, what: str, *, where: str = "", why: str = "", fix: str = ""
    ) -> None:
        super().__init__(what)
        self.code, self.what, self.where, self.why, self.fix = code, what, where, why, fix

    def __str__(self) -> str:
        lines = [f"error[{self.code}]: {self.what}"]
        lines += [f"  --> {self.where}"] if self.where else []
        lines += [f"  why: {self.why}"] if self.why else []
        lines += [f"  fix: {self.fix}"] if self.fix else []
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return (_revive, (type(self), self.code, self.what, self.where, self.why, self.fix))


def _revive(
    kind: type[UserError], code: str, what: str, where: str, why: str, fix: str
) -> UserError:
    return kind(code, what, where=where, why=why, fix=fix)


class NotApplicable(Exception):
    """A detector or remedy lacks what it needs; the message reads ``needs ...``."""


def first_five(items: Sequence[object]) -> str:
    """The first five items and how many more there are.

    >>> first_five(["a", "b"])
    "'a', 'b'"
    >>> first_five(range(8))
    "'0', '1', '2', '3', '4' and 3 more"
    """
    shown = ", ".join(f"'{item}'" for item in items[:5])
    return shown + (f" and {len(items) - 5} more" if len(items) > 5 else "")


def did_you_mean(word: str, choices: Sequence[str]) -> str:
    """A ``did you mean`` for a mistyped word, or an empty string.

    >>> did_you_mean("tarlget", ["age", "target"])
    "did you mean 'target'?"
    """
    lower = {choice.lower(): choice for choice in reversed(choices)}
    close = get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return f"did you mean '{lower[close[0]]}'?" if close else ""
