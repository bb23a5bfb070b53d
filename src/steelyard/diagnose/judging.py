"""From a number to a judgement: how bad, how sure, and how to name the sick."""

import math
from collections.abc import Iterable, Sequence

from steelyard.core.exam import Exam
from steelyard.core.finding import SEVERITIES, Severity

ALPHA = 0.01
"""Level of every detector's test: fifteen of them together must stay quiet on healthy runs."""

ROW_GOALS = ("accuracy", "log-loss")
"""Goals that count rows, not classes: to them a lost rare class is a small loss."""


def grade(
    effect: float, *, medium: float, high: float = math.inf, critical: float = math.inf
) -> Severity:
    """Severity of an effect that is already proven: the last limit it reaches.

    >>> grade(0.2, medium=0.1, high=0.3), grade(0.05, medium=0.1)
    ('medium', 'low')
    """
    return SEVERITIES[sum(effect >= limit for limit in (medium, high, critical))]


def for_goal(severity: Severity, exam: Exam) -> Severity:
    """The severity of an illness of rare classes: at most medium when the goal counts rows."""
    return at_most("medium", severity) if exam.goal in ROW_GOALS else severity


def at_most(limit: Severity, severity: Severity) -> Severity:
    """The severity, or the limit if that is milder.

    >>> at_most("medium", "critical"), at_most("medium", "low")
    ('medium', 'low')
    """
    return min(severity, limit, key=SEVERITIES.index)


def sure(p: float) -> float:
    """Confidence that goes with a p-value; no test on finite rows is certain.

    >>> sure(0.004), sure(0.0)
    (0.996, 0.999)
    """
    return round(float(min(max(1 - p, 0.5), 0.999)), 3)


def names(exam: Exam, classes: Iterable[int]) -> tuple[str, ...]:
    """The names of class indices."""
    return tuple(exam.classes[int(k)] for k in classes)


def plural(n: int, singular: str, many: str = "") -> str:
    """``1 class``, ``3 classes``.

    >>> plural(1, "row"), plural(0, "row"), plural(3, "class", "classes")
    ('1 row', '0 rows', '3 classes')
    """
    return f"{n} {singular if n == 1 else many or singular + 's'}"


def a_few(items: Sequence[str], shown: int = 3) -> str:
    """The first items, and how many more there are.

    >>> a_few(["auger", "conch", "turrid", "whelk", "limpet"])
    'auger, conch, turrid and 2 more'
    """
    more = f" and {len(items) - shown} more" if len(items) > shown else ""
    return ", ".join(items[:shown]) + more
