"""The largest confusions as sorted pairs: which class was taken for which."""

import numpy as np
from numpy.typing import NDArray

from steelyard.report.charts.rows import ROW, Row, RowChart
from steelyard.report.console import clip
from steelyard.report.contents import Contents
from steelyard.report.svg import Scale, axis, dot, grid, plot, tag

SHOWN = 15


def confusions_chart(contents: Contents) -> RowChart | None:
    """None when nothing was predicted, or nothing was confused."""
    if contents.confusions is None:
        return None
    before, after = _wrong(contents.confusions[0]), contents.confusions[1]
    after = None if after is None else _wrong(after)
    largest = before if after is None else np.maximum(before, after)
    pairs = [divmod(int(i), len(before)) for i in np.argsort(-largest, axis=None, kind="stable")]
    pairs = [pair for pair in pairs if largest[pair] > 0]
    if not pairs:
        return None
    scale = Scale(0.0, float(largest.max()))
    shown = pairs[:SHOWN]
    rest = sum(before[pair] for pair in pairs[SHOWN:])
    return RowChart(
        key="confusion",
        title=_title(contents.names, pairs[0], before, after),
        caption=f"Rows of one class taken for another {contents.where}; the largest first.",
        first="truth → predicted",
        columns=("base", "kept") if after is not None else ("base",),
        axis=axis(scale),
        rows=tuple(_row(contents.classes, pair, before, after, scale) for pair in shown),
        legend=(("before", "base"), ("after", contents.kept)) if after is not None else (),
        below=f"{len(pairs) - SHOWN} smaller pairs hold {rest:.0f} more rows."
        if len(pairs) > SHOWN
        else "",
    )


def _title(
    classes: tuple[str, ...],
    worst: tuple[int, int],
    before: NDArray[np.float64],
    after: NDArray[np.float64] | None,
) -> str:
    true, taken = (classes[i] for i in worst)
    title = f"The commonest mistake takes {true} for {taken}: {before[worst]:.0f} rows"
    return title if after is None else f"{title} before, {after[worst]:.0f} now"


def _wrong(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return matrix - np.diag(np.diag(matrix))


def _row(
    classes: tuple[str, ...],
    pair: tuple[int, int],
    before: NDArray[np.float64],
    after: NDArray[np.float64] | None,
    scale: Scale,
) -> Row:
    name = " → ".join(clip(classes[i], 21) for i in pair)
    y = ROW / 2
    parts = [grid(scale, ROW)]
    figures = [f"{before[pair]:.0f}"]
    if after is not None:
        ends = {"x1": scale(before[pair]), "x2": scale(after[pair]), "y1": y, "y2": y}
        parts.append(tag("line", class_="link", **ends))
        figures.append(f"{after[pair]:.0f}")
    parts.append(dot(scale(before[pair]), y, "before"))
    if after is not None:
        parts.append(dot(scale(after[pair]), y, "after"))
    drawing = plot(ROW, *parts, label=f"{name}: {' then '.join(figures)} rows")
    return Row(name, tuple(figures), drawing)
