"""Recall of every class before and after, with Wilson bars and the line of guessing."""

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from steelyard.kit.intervals import wilson
from steelyard.report.charts.rows import ROW, Row, RowChart
from steelyard.report.contents import Contents
from steelyard.report.decisions import head_to_tail
from steelyard.report.svg import Scale, axis, dot, grid, plot, tag, upright, whisker
from steelyard.report.words import score

UNIT = Scale(0.0, 1.0)
ABOVE, BELOW, MIDDLE = 9, 19, 14
Matrix = NDArray[np.float64]


def recall_chart(contents: Contents) -> RowChart | None:
    """None when nothing was predicted."""
    if contents.confusions is None:
        return None
    before, after = contents.confusions
    order = head_to_tail(contents.counts)
    names = ("n", "base", "kept") if after is not None else ("n", "base")
    guessing = 1 / len(contents.classes)
    return RowChart(
        key="recall",
        title=_title(contents, before, after),
        caption=f"Recall of each class {contents.where}, from the largest class to the smallest. "
        f"Bars are 95 % Wilson intervals; the dashed line is guessing, {guessing:.3f}.",
        first="class",
        columns=names,
        axis=axis(UNIT),
        rows=tuple(_row(contents, before, after, int(k)) for k in order),
        legend=(("before", "base"), ("after", contents.kept)) if after is not None else (),
        below=_smallest(before, contents),
    )


def _row(contents: Contents, before: Matrix, after: Matrix | None, k: int) -> Row:
    n = before[k].sum()
    name, height = contents.names[k], ROW
    ground = [grid(UNIT, height), upright(UNIT(1 / len(contents.classes)), height, "guess")]
    if n == 0:
        drawing = plot(height, *ground, label=f"{name}: no rows here")
        return Row(
            contents.classes[k],
            ("0", *["–"] * (1 if after is None else 2)),
            drawing,
            "no rows here",
        )
    old = _mark(before[k, k], n, "before", MIDDLE if after is None else ABOVE)
    figures: tuple[str, ...] = (f"{n:.0f}", score(before[k, k] / n, 2))
    label = f"{name}: base {before[k, k]:.4g} of {n:.0f}"
    if after is None:
        return Row(contents.classes[k], figures, plot(height, *ground, old, label=label))
    new = _mark(after[k, k], n, "after", BELOW)
    ends = {"x1": UNIT(before[k, k] / n), "x2": UNIT(after[k, k] / n), "y1": ABOVE, "y2": BELOW}
    label += f", kept {after[k, k]:.4g} of {n:.0f}"
    drawing = plot(height, *ground, tag("line", class_="link", **ends), old, new, label=label)
    return Row(contents.classes[k], (*figures, score(after[k, k] / n, 2)), drawing)


def _mark(hits: float, n: float, series: str, y: float) -> Markup:
    share, low, high = wilson(hits, n)
    return whisker(UNIT, low, high, y, series) + dot(UNIT(share), y, series)


def _title(contents: Contents, before: Matrix, after: Matrix | None) -> str:
    n = before.sum(axis=1)
    seen = np.flatnonzero(n > 0)
    recall = before[seen, seen] / n[seen]
    if after is None:
        worst, best = seen[recall.argmin()], seen[recall.argmax()]
        return (
            f"Recall runs from {score(recall.min(), 2)} ({contents.names[worst]}) "
            f"to {score(recall.max(), 2)} ({contents.names[best]})"
        )
    change = after[seen, seen] / n[seen] - recall
    up, down = int((change > 0).sum()), int((change < 0).sum())
    return f"Recall rises in {up} of {len(contents.classes)} classes and falls in {down}"


def _smallest(before: Matrix, contents: Contents) -> str:
    n = before.sum(axis=1)
    k = int(np.where(n > 0, n, np.inf).argmin())
    return f"The smallest class here is {contents.names[k]} with n = {n[k]:.0f}."
