"""Learning curves of the base: loss and score on its training rows and on held-out rows."""

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from steelyard.core.exam import Exam
from steelyard.diagnose.curves import curves_of
from steelyard.report.charts.frame import Panel, PanelChart, framed
from steelyard.report.contents import Contents
from steelyard.report.svg import Scale, padded, polyline, tag
from steelyard.report.words import score

HEIGHT = 240
POINTS = 120
SHOWN = 15  # single trainings; their mean is drawn over them
Matrix = NDArray[np.float64]


def curves_chart(contents: Contents) -> PanelChart | None:
    """None when the base recorded no curve."""
    exam = contents.exam
    if exam is None or min((c.steps.size for c in exam.curves), default=0) < 2:
        return None
    train, val, steps = curves_of(exam)
    mean = val.mean(axis=0)
    turn = int(np.nan_to_num(mean, nan=np.inf).argmin())
    # most steps of a long training lie early: give them the room
    log = bool(steps[0] > 0 and np.median(steps) < steps[-1] / 8)
    x = Scale(float(steps[0]), float(steps[-1]), log=log)
    mark = tag("line", x1=x(steps[turn]), x2=x(steps[turn]), y1="0%", y2="100%", class_="turn")
    scores = (_matrix(exam, "train_score", len(steps)), _matrix(exam, "val_score", len(steps)))
    end = f"; at the end, step {steps[-1]:g}, it is {score(float(mean[-1]))}"
    return PanelChart(
        key="curves",
        title=f"Held-out loss is lowest, {score(float(mean[turn]))}, at step {steps[turn]:g}{end}",
        caption=f"The base's {len(val)} trainings, thin, and their mean, thick. The upright line "
        "is where the mean held-out loss is lowest; what the training rows gain after it is "
        "learnt by heart." + " Steps are on a log scale." * log,
        panels=(
            curve_panel(train, val, steps, x, mark, "log loss"),
            curve_panel(*scores, steps, x, mark, "balanced accuracy"),
        ),
        legend=(("dashed", "training rows"), ("solid", "held-out rows")),
    )


def _matrix(exam: Exam, name: str, length: int) -> Matrix:
    return np.stack([getattr(curve, name)[:length] for curve in exam.curves])


def curve_panel(
    train: Matrix,
    val: Matrix,
    steps: Matrix,
    x: Scale,
    mark: Markup,
    name: str,
    *,
    step: str = "step",
    from_zero: bool = True,
) -> Panel:
    """Each training thin, their means thick; training rows dashed, held-out ones solid."""
    values = [*train.ravel().tolist(), *val.ravel().tolist()]
    y = padded(values) if from_zero else padded(values, hold=float(np.nanmin(values)))
    parts = [mark]
    for values, series in ((train, "dashed"), (val, "solid")):
        lines = [(line, f"line {series} thin") for line in values[:SHOWN]]
        for line, class_ in [*lines, (values.mean(axis=0), f"line {series}")]:
            keep = np.unique(np.linspace(0, len(line) - 1, POINTS).astype(int))
            keep = keep[np.isfinite(line[keep])]
            xs = [x.share(float(step)) for step in steps[keep]]
            parts.append(polyline(xs, [y.share(float(v)) for v in line[keep]], class_))
    return Panel(framed(x, y, HEIGHT, *parts, label=f"{name} along the training"), step, name)
