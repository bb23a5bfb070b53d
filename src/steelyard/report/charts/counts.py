"""How many rows each class has, on a log scale."""

import numpy as np

from steelyard.report.charts.rows import ROW, Row, RowChart
from steelyard.report.contents import Contents
from steelyard.report.decisions import head_to_tail
from steelyard.report.svg import Scale, axis, dot, grid, plot, tag
from steelyard.report.words import count


def counts_chart(contents: Contents) -> RowChart:
    """Work rows filled, test rows hollow where the test split is known; else all rows."""
    work, test = contents.counts, None
    if contents.exam is not None:
        work, test = contents.exam.counts, contents.exam.test_counts
    largest = max(10.0, float(work.max()), 0.0 if test is None else float(test.max()))
    scale = Scale(1.0, largest * 1.1, log=True)
    rows = []
    for k in head_to_tail(work):
        y = ROW / 2
        parts = [
            grid(scale, ROW),
            tag("line", x1="0%", x2=scale(work[k]), y1=y, y2=y, class_="bar"),
        ]
        figures = [count(work[k])]
        if test is not None:
            parts.append(dot(scale(test[k]), y, "before") if test[k] else tag("g"))
            figures.append(count(test[k]))
        parts.append(dot(scale(work[k]), y, "after") if work[k] else tag("g"))
        label = f"{contents.names[k]}: {' and '.join(figures)} rows"
        rows.append(Row(contents.classes[k], tuple(figures), plot(ROW, *parts, label=label)))
    return RowChart(
        key="counts",
        title=_title(contents, work),
        caption="Rows a class on a log scale, from the largest class to the smallest.",
        first="class",
        columns=("work", "test") if test is not None else ("rows",),
        axis=axis(scale, "{:,.0f}"),
        rows=tuple(rows),
        legend=(("after", "work rows"), ("before", "test rows")) if test is not None else (),
    )


def _title(contents: Contents, work: "np.ndarray") -> str:
    most, least = int(work.argmax()), int(work.argmin())
    ratio = f"{work[most] / work[least]:.3g} times the rows" if work[least] else "rows, none"
    return f"{contents.names[most]} has {ratio} of {contents.names[least]}"
