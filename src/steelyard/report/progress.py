"""How far a run is: one line that rewrites itself on a terminal, plain log lines elsewhere."""

import sys
import time
from typing import TextIO

from steelyard.report.console import Console, fit
from steelyard.report.words import duration

REDRAW_SECONDS = 0.1
LOG_SECONDS = 30.0


class Progress:
    """Tells standard error what is being done, so that standard output stays a result.

    ``quiet`` says nothing at all (``--json``).
    """

    def __init__(
        self, stream: TextIO | None = None, console: Console | None = None, *, quiet: bool = False
    ) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.live = self.stream.isatty() and not quiet
        self.quiet = quiet
        self.console = console or Console.of(self.stream)
        self._stage, self._began, self._spoke = "", 0.0, 0.0

    def stage(self, name: str) -> None:
        """Begin a stage; the one before it is finished."""
        self.done()
        self._stage, self._began, self._spoke = name, time.monotonic(), 0.0
        if self.live:
            self._line(name)

    def update(self, done: int, total: int, extra: str = "") -> None:
        """``done`` of ``total`` steps of this stage are behind us."""
        now = time.monotonic()
        pause = REDRAW_SECONDS if self.live else LOG_SECONDS
        # A log gets its first line only after the pause: short stages need none but the last.
        if now - (self._spoke or (0.0 if self.live else self._began)) < pause:
            return
        self._spoke = now
        text = f"{self._stage}  {done}/{total}  {extra}".rstrip()
        if self.live:
            self._line(text)
        elif not self.quiet:
            self._log(text)

    def done(self) -> None:
        """End the stage and say how long it took."""
        if not self._stage:
            return
        name, self._stage = self._stage, ""
        took = duration(time.monotonic() - self._began)
        if self.live:
            dots = "." * max(3, self.console.width - len(name) - len(took) - 2)
            self._line(f"{name} {dots} {took}")
            self._log("")
        elif not self.quiet:
            self._log(f"{name}: {took}")

    def _line(self, text: str) -> None:
        self.stream.write("\r" + fit(text, self.console.width))
        self.stream.flush()

    def _log(self, text: str) -> None:
        self.stream.write(text + "\n")
        self.stream.flush()
