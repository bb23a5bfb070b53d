"""Deadline: the one dial, ``--minutes``, as points in time."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """``seconds`` from ``start`` (`time.monotonic`)."""

    start: float
    seconds: float

    @classmethod
    def in_minutes(cls, minutes: float, spent: float = 0.0) -> "Deadline":
        """``minutes`` from now, of which ``spent`` seconds are behind us."""
        return cls(time.monotonic() - spent, 60 * minutes)

    @property
    def end(self) -> float:
        """When the time is up, in `time.monotonic`."""
        return self.start + self.seconds

    @property
    def left(self) -> float:
        """Seconds left; never negative."""
        return max(0.0, self.end - time.monotonic())

    def after(self, share: float, *, keeping: float = 0.0) -> float:
        """The moment when ``share`` of what is left now has passed, ``keeping`` seconds apart."""
        return time.monotonic() + share * max(0.0, self.left - keeping)
