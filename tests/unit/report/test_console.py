"""The terminal's text: its width, its colour, and what is welcome on which stream."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.report import console
from steelyard.report.console import Console, columns, fit, printable, strip


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "colour", "bars"),
    [
        (Terminal(), {"TERM": "xterm"}, True, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True, True),  # empty means not set
        (Terminal(), {"TERM": "xterm", "CI": "true"}, False, False),
        (Terminal(), {"TERM": "dumb"}, False, False),
        (io.StringIO(), {"TERM": "xterm"}, False, False),
    ],
)
def test_colour_and_bars_only_where_welcome(
    stream: Any, environ: dict[str, str], colour: bool, bars: bool
) -> None:
    found = Console.of(stream, environ)
    assert (found.colour, found.bars) == (colour, bars)


def test_a_wide_terminal_still_gets_92_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    for have, used in ((200, 92), (85, 85), (20, console.NARROWEST)):
        monkeypatch.setenv("COLUMNS", str(have))
        assert Console.of(Terminal(), {"TERM": "xterm"}).width == used


def test_paint_is_undone_by_strip() -> None:
    painted = Console(colour=True).paint("kept", "green")
    assert painted != "kept"
    assert strip(painted) == "kept"
    assert Console().paint("kept", "green") == "kept"


@given(st.text(), st.integers(0, 20))
def test_wrap_never_exceeds_the_width_and_loses_no_character(text: str, indent: int) -> None:
    safe = printable(text)
    lines = Console(width=40).wrap(safe, indent=indent)
    assert all(columns(line) <= 40 for line in lines)
    assert "".join("".join(lines).split()) == "".join(safe.split())


def test_wrap_keeps_an_interval_together() -> None:
    lines = Console(width=20).wrap("gains of 0.610 [0.570, 0.650] here")
    assert lines == ["gains of 0.610", "[0.570, 0.650] here"]


def test_wrap_breaks_a_word_longer_than_the_line() -> None:
    assert Console(width=10).wrap("ab " + "x" * 12, indent=2, first="a") == [
        "a ab",
        "  xxxxxxxx",
        "  xxxx",
    ]


@given(st.text(), st.integers(1, 30))
def test_fit_fills_exactly_the_columns(text: str, width: int) -> None:
    assert columns(fit(text, width)) == width


@given(st.text())
def test_printable_leaves_no_control_character(text: str) -> None:
    assert all(c.isprintable() or c.isspace() for c in printable(text))
    assert "\x1b" not in printable(text)
    assert "\u202e" not in printable("right\u202eleft")
