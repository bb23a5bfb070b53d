"""Progress: one rewritten line on a terminal, plain lines in a log, nothing when quiet."""

import io

import pytest

from steelyard.report import progress
from steelyard.report.console import Console
from steelyard.report.progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that stands until it is moved."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_a_terminal_line_rewrites_itself_and_ends_with_the_time(clock: Clock) -> None:
    stream = Terminal()
    line = Progress(stream, Console(width=60))
    line.stage("baseline")
    clock.now += 1
    line.update(3, 15, "fold 3")
    clock.now += 251
    line.done()
    assert stream.getvalue().count("\n") == 1
    last = stream.getvalue().split("\r")[-1].rstrip("\n")
    assert last.startswith("baseline ...")
    assert last.endswith(" 4 min 12 s")
    assert len(last) == 60
    assert "3/15  fold 3" in stream.getvalue()


def test_a_terminal_is_not_redrawn_more_often_than_people_see(clock: Clock) -> None:
    stream = Terminal()
    line = Progress(stream, Console(width=60))
    line.stage("features")
    for i in range(1000):
        clock.now += 0.001
        line.update(i, 1000)
    assert stream.getvalue().count("\r") <= 12


def test_a_log_gets_plain_lines(clock: Clock) -> None:
    stream = io.StringIO()
    line = Progress(stream)
    line.stage("baseline")
    clock.now += 1
    line.update(1, 15)  # too soon to be worth a line
    clock.now += 40
    line.update(9, 15, "fold 9")
    line.stage("trials")
    clock.now += 2
    line.done()
    line.done()  # ending twice says nothing more
    assert stream.getvalue().splitlines() == [
        "baseline  9/15  fold 9",
        "baseline: 41 s",
        "trials: 2.0 s",
    ]


def test_quiet_says_nothing(clock: Clock) -> None:
    for stream in (Terminal(), io.StringIO()):
        line = Progress(stream, quiet=True)
        line.stage("baseline")
        clock.now += 100
        line.update(1, 2)
        line.done()
        assert stream.getvalue() == ""
