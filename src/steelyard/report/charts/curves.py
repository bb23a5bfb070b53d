"""Learning curves of the base: loss and score on its training rows and on held-out rows."""

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from steelyard.core.exam import Curve
from steelyard.report.charts.frame import Panel, PanelChart, framed
from steelyard.report.contents import Contents
from steelyard.report.svg import Scale, padded, polyline, tag
from steelyard.report.words import score

HEIGHT = 240
POINTS = 120


def curves_chart(contents: Contents) -> PanelChart | None:
    """None when the base recorded no curve."""
    curves = contents.exam.curves if contents.exam else ()
    curves = tuple(c for c in curves if len(c.steps) > 1)
    if not curves:
        return None
    steps = np.concatenate([c.steps for c in curves])
    x = Scale(float(steps.min()), float(steps.max()))
    turn = float(np.median([c.steps[_lowest(c)] for c in curves]))
    last = float(np.median([c.val_loss[-1] for c in curves]))
    best = float(np.median([c.val_loss[_lowest(c)] for c in curves]))
    losses = [v for c in curves for v in (*_finite(c.train_loss), *_finite(c.val_loss))]
    scores = [v for c in curves for v in (*_finite(c.train_score), *_finite(c.val_score))]
    mark = tag("line", x1=x(turn), x2=x(turn), y1="0%", y2="100%", class_="turn")
    panels = [
        _panel(curves, "loss", x, padded(losses), mark, "log loss"),
        _panel(curves, "score", x, padded(scores), mark, "balanced accuracy"),
    ]
    late = "rises after it" if best < last - 0.005 else "stays there"
    return PanelChart(
        key="curves",
        title=f"Held-out loss is lowest, {score(best)}, at step {turn:g} of {x.high:g} and {late}",
        caption=f"{len(curves)} trainings of the base, one line each. The upright line is the "
        "median step of the lowest held-out loss.",
        panels=tuple(panels),
        legend=(("dashed", "training rows"), ("solid", "held-out rows")),
    )


def _lowest(curve: Curve) -> int:
    return int(np.nan_to_num(curve.val_loss, nan=np.inf).argmin())


def _finite(values: NDArray[np.float64]) -> list[float]:
    return [float(v) for v in values if np.isfinite(v)]


def _panel(
    curves: tuple[Curve, ...], what: str, x: Scale, y: Scale, mark: Markup, name: str
) -> Panel:
    parts = [mark]
    for curve in curves:
        for rows, series in (("train", "dashed"), ("val", "solid")):
            values = getattr(curve, f"{rows}_{what}")
            keep = np.unique(np.linspace(0, len(values) - 1, POINTS).astype(int))
            keep = keep[np.isfinite(values[keep])]
            xs = [x.share(float(s)) for s in curve.steps[keep]]
            parts.append(polyline(xs, [y.share(float(v)) for v in values[keep]], f"line {series}"))
    return Panel(framed(x, y, HEIGHT, *parts, label=f"{name} along the training"), "step", name)
