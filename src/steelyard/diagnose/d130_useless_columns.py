"""D130 useless-columns: columns that can tell nothing about a new row.

What it sees
------------
What intake made of each column: constant, empty, id-like, and how many values are missing.

Why it hurts
------------
Such columns cost time and, kept by hand, invite learning by heart: a row number that follows the
order of the classes looks like the best feature of all. Most often they are a sign that an export
or a join went wrong.

How it decides
--------------
Facts, no statistics. Named are columns that intake set aside as constant, empty or id-like, and
columns that are used although at least 95 % of their values are missing. Low; medium when they are
half of all columns. Dates and free text are set aside too, but not useless: they are not named.

When it is wrong
----------------
That a value is missing can itself be the best sign of a class. An id that encodes place or time can
hold truth about new rows.

What helps
----------
No remedy is needed: set-aside columns are not used. Mend the export, or drop the columns.

References
----------
Schelter et al., Automating Large-Scale Data Quality Verification, PVLDB 2018 (completeness,
distinctness).
"""

from dataclasses import replace

import numpy as np

from steelyard.core.data import Column
from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import a_few, grade, plural
from steelyard.diagnose.twins import even, examined

CODE = "D130"
NAME = "useless-columns"
HELPS = ()
USELESS = ("constant", "empty", "id-like")
MOSTLY_MISSING = 0.95


def detect(exam: Exam) -> Finding | None:
    """Speak when columns hold nothing to learn from."""
    if not exam.columns:
        raise NotApplicable("needs a table with columns")
    rows = exam.target.size + (0 if exam.test_counts is None else int(exam.test_counts.sum()))
    reasons = {c.name: reason for c in exam.columns if (reason := _reason(c, rows))}
    if not reasons:
        return None
    share = len(reasons) / len(exam.columns)
    has = plural(len(reasons), "column tells", "columns tell")
    says = f"{has} nothing: " + a_few([f"{name} ({why})" for name, why in reasons.items()], 5)
    evidence = (Evidence("share of useless columns", share, n=len(exam.columns), expected="0"),)
    severity = grade(share, medium=0.5)
    return Finding(CODE, NAME, severity, 1.0, says, tuple(reasons), evidence, HELPS)


def _reason(column: Column, rows: int) -> str:
    """Why the column is useless; empty when it is not."""
    if column.role == "set-aside":
        return column.why if column.why in USELESS else ""
    share = column.missing / rows
    return f"{share:.1%} missing" if share >= MOSTLY_MISSING else ""


def sick(k: int, rng: np.random.Generator) -> Exam:
    """One column of each kind of uselessness among sound ones."""
    exam = healthy(k, rng)
    n = exam.target.size
    useless = (
        Column("same", "set-aside", "constant", distinct=1),
        Column("void", "set-aside", "empty", missing=n),
        Column("row_id", "set-aside", "id-like", distinct=n),
        Column("sparse", "number", missing=n - 1, distinct=1),
    )
    return replace(exam, columns=exam.columns + useless)


def sick_where(k: int) -> tuple[str, ...]:
    """The useless columns."""
    return ("same", "void", "row_id", "sparse")


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """Numbers, some of them missing, a category and a date that is set aside."""
    columns = (
        Column("length", "number", missing=k, distinct=30),
        Column("colour", "category", distinct=3, categories=("blue", "green", "red")),
        Column("day", "set-aside", "date", distinct=20),
    )
    return examined(even(k), rng, columns=columns)
