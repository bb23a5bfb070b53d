"""What each mistake costs: read from a file, and turned into a goal."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core.errors import UserError, did_you_mean, first_five
from steelyard.kit.metrics import Goal
from steelyard.kit.metrics.arrays import FloatArray
from steelyard.kit.metrics.confusion import of_confusion

SHAPE = "a first line and a first column of class names: a row is the truth, a column the decision"


@dataclass(frozen=True, eq=False)
class CostGoal(Goal):
    """A goal that knows its costs, ``cost (K, K)``: rows are the truth, columns the decision."""

    cost: FloatArray = field(default_factory=lambda: 1 - np.eye(2))


def cost_goal(cost: ArrayLike) -> CostGoal:
    """The mean cost of a row as a goal; lower is better. ``cost (K, K)``: rows are the truth.

    Raises
    ------
    ValueError
        ``cost`` is not square or not finite.

    >>> cost_goal([[0, 1], [50, 0]])([0, 0, 1, 1], [0, 1, 0, 1])
    12.75
    """
    matrix = np.asarray(cost, dtype=np.float64)
    if matrix.ndim != 2 or len(set(matrix.shape)) != 1 or not np.isfinite(matrix).all():
        raise ValueError(f"cost must be (K, K) and finite, got shape {matrix.shape}")

    @of_confusion
    def mean_cost(confusion: FloatArray) -> float:
        """Sum of ``confusion * cost`` over rows."""
        return float((confusion * matrix).sum() / confusion.sum())

    return CostGoal(
        "cost",
        mean_cost,
        "decision",
        bounds=(float(matrix.min()), float(matrix.max())),
        higher_is_better=False,
        cost=matrix,
    )


def read_cost(path: str | Path, classes: Sequence[str]) -> FloatArray:
    """Read the cost matrix (K, K) of ``--goal cost:FILE``, in the order of ``classes``.

    The file is a CSV (comma, semicolon or tab) with class names on both sides, in any order; a row
    is the truth and a column the decision::

        truth,healthy,ill
        healthy,0,1
        ill,50,0

    Raises
    ------
    UserError
        E170 the file cannot be read; E171 a class is missing, unknown or named twice; E172 a cost
        is no finite number; E173 the right decision costs more than a mistake, or all cost alike.
    """
    lines = _lines(Path(path))
    columns = [name.strip() for name in lines[0][1:]]
    rows = [line[0].strip() for line in lines[1:]]
    where = str(path)
    _check_names(columns, classes, f"{where}, first line")
    _check_names(rows, classes, f"{where}, first column")
    number = {
        (row, column): _number(text)
        for row, line in zip(rows, lines[1:])
        for column, text in zip(columns, line[1:] + [""] * len(columns))
    }
    bad = [f"{row} -> {column}" for (row, column), cost in number.items() if math.isnan(cost)]
    if bad:
        raise UserError(
            "E172",
            f"{len(bad)} of the costs are no numbers: {first_five(bad)}",
            where=where,
            why="every pair of classes needs a finite cost",
            fix="write plain numbers such as 0, 1 or 12.5, with a point",
        )
    cost = np.array([[number[row, column] for column in classes] for row in classes])
    _check_order(cost, classes, where)
    return cost


def require_cost_file(path: str | Path) -> None:
    """`UserError` E170 where the cost file cannot be read, before the classes are known."""
    _lines(Path(path))


def _lines(path: Path) -> list[list[str]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror or "") if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UserError(
            "E170",
            f"cannot read the cost file '{path}'",
            where="--goal",
            why=why,
            fix=f"--goal cost:FILE takes a CSV with {SHAPE}",
        ) from error
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    lines = [line for line in csv.reader(text.splitlines(), delimiter=separator) if any(line)]
    if not lines:
        raise UserError(
            "E170", f"the cost file '{path}' is empty", where="--goal", fix=f"it needs {SHAPE}"
        )
    return lines


def _check_names(names: Sequence[str], classes: Sequence[str], where: str) -> None:
    missing = [name for name in classes if name not in names]
    unknown = [name for name in names if name not in classes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not (missing or unknown or twice):
        return
    parts = {"missing": missing, "unknown": unknown, "named twice": twice}
    hint = did_you_mean(unknown[0], classes) if unknown else ""
    raise UserError(
        "E171",
        "the classes of the cost file are not those of the data: "
        + "; ".join(f"{what} {first_five(found)}" for what, found in parts.items() if found),
        where=where,
        why=f"it needs {SHAPE}",
        fix=hint or f"name each of the {len(classes)} classes once on both sides",
    )


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _check_order(cost: FloatArray, classes: Sequence[str], where: str) -> None:
    """Elkan 2001, section 1.1: a matrix that never punishes a mistake has nothing to decide."""
    right = cost.diagonal()[:, None]
    odd = [name for name, dearer in zip(classes, np.any(right > cost, axis=1).tolist()) if dearer]
    if odd:
        raise UserError(
            "E173",
            f"being right costs more than a mistake for {first_five(odd)}",
            where=where,
            why="a row is the truth, and its own column must be the cheapest",
            fix="exchange rows and columns, or put the gain of a right decision as a negative cost",
        )
    if (cost == right).all():
        raise UserError(
            "E173",
            "no mistake costs anything",
            where=where,
            why="every decision would be as good as any other",
            fix="put what each mistake costs, such as 1",
        )
