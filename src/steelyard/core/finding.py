"""Finding: a symptom, how bad, how sure, with the numbers that show it."""

import math
from dataclasses import dataclass
from typing import Literal

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")


@dataclass(frozen=True)
class Evidence:
    """One measured number: its interval, its rows, and what a healthy run would show."""

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    expected: str = ""

    def __str__(self) -> str:
        interval = "" if math.isnan(self.low) else f" [{self.low:.3g}, {self.high:.3g}]"
        rows = f", n = {self.n}" if self.n else ""
        expected = f" (expected {self.expected})" if self.expected else ""
        return f"{self.name} {self.value:.4g}{interval}{rows}{expected}"


@dataclass(frozen=True)
class Finding:
    """What a detector says.

    Attributes
    ----------
    code, name : of the detector, ``P301`` and ``classes-below-chance``.
    severity : how bad it is for the user's goal.
    confidence : how sure, in (0, 1].
    says : one or two plain sentences with the numbers in them.
    where : the sick classes, columns, splits or layers, and no others.
    helps : codes of the remedies that treat it, best first.
    """

    code: str
    name: str
    severity: Severity
    confidence: float
    says: str
    where: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    helps: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As the terminal says it.

        >>> print(Finding("D101", "class-imbalance", "high", 0.99, "cat 900 rows, dog 9."))
        HIGH D101 class-imbalance (sure 0.99)
        cat 900 rows, dog 9.
        """
        head = f"{self.severity.upper()} {self.code} {self.name} (sure {self.confidence:.2f})"
        return f"{head}\n{self.says}"

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity {self.severity!r} is not one of {SEVERITIES}")
        if not 0 < self.confidence <= 1:
            raise ValueError(f"confidence {self.confidence!r} is not in (0, 1]")

    @property
    def rank(self) -> tuple[int, float]:
        """Sorts findings with the worst and surest first."""
        return (-SEVERITIES.index(self.severity), -self.confidence)
