"""Verdict: what the comparison of the trials proves, with the numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from steelyard.core.trial import Interval

VerdictState = Literal["proven-better", "no-proven-difference", "no-trial-finished"]


@dataclass(frozen=True)
class FlipReport:
    """Rows that changed between right and wrong, base -> candidate, on the test split."""

    negative: int = 0
    positive: int = 0
    n: int = 0
    seed_to_seed_negative: float = 0.0
    by_part: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    """``head``, ``middle``, ``tail`` -> (negative, positive, n)."""


@dataclass(frozen=True)
class TestReport:
    """What the test split said when it was opened, once.

    ``base``, ``tuned_base``, ``kept`` and ``candidate`` map a metric to its value. The candidate
    led on the work rows and met the test split; it is the kept one where it was proven better.
    ``difference`` is candidate - base and ``vs_tuned_base`` candidate - tuned-base in the goal,
    signed so that more is better; ``flips`` go from base to the candidate.
    """

    base: Mapping[str, Interval] = field(default_factory=dict)
    tuned_base: Mapping[str, Interval] = field(default_factory=dict)
    kept: Mapping[str, Interval] = field(default_factory=dict)
    candidate: Mapping[str, Interval] = field(default_factory=dict)
    difference: Interval = field(default_factory=lambda: Interval(0.0))
    vs_tuned_base: Interval = field(default_factory=lambda: Interval(0.0))
    flips: FlipReport = field(default_factory=FlipReport)
    smallest_class: int = 0

    __test__ = False  # not a pytest class


@dataclass(frozen=True)
class Verdict:
    """``proven-better``, ``no-proven-difference`` or ``no-trial-finished``; never more.

    ``candidate`` is the trial that led on the work rows, ``kept`` the one the user is handed.
    """

    state: VerdictState
    kept: str
    tried: int
    says: str
    test: TestReport | None = None
    candidate: str = "base"
