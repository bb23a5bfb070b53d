"""Where the text goes: how wide it may be, and whether colour and bars are welcome there."""

import os
import re
import shutil
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

WIDTH = 92
NARROWEST = 80

_STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "alarm": "1;31",
}
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_WORD = re.compile(r"\[[^\s\]]+, [^\s\]]+\]\S*|\S+")  # an interval [a, b] is never torn apart


@dataclass(frozen=True)
class Console:
    """What the stream can show. The default is plain text of 92 columns, as for a file.

    Colour never carries meaning of its own: `strip` of a coloured text is the plain text.
    Bars are drawn only where ``bars`` is set; the numbers they show are printed either way.
    """

    width: int = WIDTH
    colour: bool = False
    bars: bool = False

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ) -> "Console":
        """What ``stream`` can show. ``NO_COLOR``, ``CI`` and ``TERM=dumb`` ask for plain text."""
        if not stream.isatty():
            return cls()
        dumb = environ.get("TERM") == "dumb" or bool(environ.get("CI"))
        columns = shutil.get_terminal_size((WIDTH, 24)).columns
        return cls(
            width=max(NARROWEST, min(WIDTH, columns)),
            colour=not dumb and not environ.get("NO_COLOR"),
            bars=not dumb,
        )

    def paint(self, text: str, style: str) -> str:
        """``text`` in ``style``, or as it is where colour is unwelcome."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text

    def wrap(self, text: str, *, indent: int = 0, first: str = "", width: int = 0) -> list[str]:
        """Lines of at most ``width`` columns (the console's when 0), under ``indent`` spaces.

        The first line begins with ``first`` in place of the spaces.
        """
        limit = width or self.width
        lines, line = [], first.ljust(indent)
        room = limit - columns(line)
        for word in _WORD.findall(text):
            while columns(word) > limit - indent:  # a word longer than a line is broken
                head = _broken(word, limit - indent)
                lines += [line] if line.strip() else []
                lines.append(" " * indent + head)
                line, room, word = " " * indent, limit - indent, word[len(head) :]
            space = "" if line.endswith(" ") or not line else " "
            if columns(space + word) > room:
                lines.append(line)
                line, room, space = " " * indent, limit - indent, ""
            line, room = line + space + word, room - columns(space + word)
        return [*lines, line]


# Where a word that is longer than its line may be broken, best places first.
_BREAKS = ("(,=:;/|", "-_.)")


def _broken(word: str, width: int) -> str:
    """As much of ``word`` as fits into ``width`` columns, up to a place where it may be broken.

    >>> _broken("cross-entropy(class_weight=inverse)", 19)
    'cross-entropy('
    >>> _broken("loremipsumdolorsitamet", 8)
    'loremips'
    """
    most = fit(word, width + 1)[:-1]
    for marks in _BREAKS:
        head = most[: max(most.rfind(mark) for mark in marks) + 1]
        if len(head) > len(most) // 3:
            return head
    return most


PLAIN = Console()


def strip(text: str) -> str:
    """``text`` without colour."""
    return _ESCAPE.sub("", text)


def printable(text: object) -> str:
    """The user's words made safe for a terminal: no control or direction-changing characters.

    >>> printable("cow\\x1b[31mrie\\n")
    'cow?[31mrie?'
    """
    kept = (c if unicodedata.category(c)[0] != "C" else "?" for c in str(text))
    return "".join(kept)


def columns(text: str) -> int:
    """How many terminal columns ``text`` takes; East Asian wide characters take two.

    >>> columns("conch"), columns("猫")
    (5, 2)
    """
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) != 0 for c in text)


def clip(text: object, most: int = 44) -> str:
    """The user's words in at most ``most`` characters, cut with an ellipsis.

    >>> clip("hist-gradient-boosting", 10), clip("cat", 10)
    ('hist-grad…', 'cat')
    """
    word = printable(text)
    return word if len(word) <= most else word[: most - 1] + "…"


def fit(text: object, width: int) -> str:
    """The user's words in exactly ``width`` columns: padded, or cut with an ellipsis.

    >>> fit("hist-gradient-boosting", 10), fit("cat", 5)
    ('hist-grad…', 'cat  ')
    """
    word = printable(text)
    if columns(word) > width:
        while columns(word) > width - 1:
            word = word[:-1]
        word += "…"
    return word + " " * (width - columns(word))
