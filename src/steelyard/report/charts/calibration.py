"""Do the probabilities mean what they say: confidence against the share that is right."""

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from steelyard.kit.metrics import calibration_error, reliability_curve
from steelyard.report.charts.frame import Panel, PanelChart, framed
from steelyard.report.contents import Contents
from steelyard.report.svg import Scale, dot, polyline
from steelyard.report.words import score

BINS = 10
UNIT = Scale(0.0, 1.0)


def calibration_chart(contents: Contents) -> PanelChart | None:
    """None when there are no probabilities."""
    if contents.probabilities is None:
        return None
    target, before, after = contents.probabilities
    # the largest of K probabilities is at least 1/K: with two classes half the width is empty
    x = Scale(0.5, 1.0) if before.shape[1] == 2 else UNIT
    parts = [polyline([0, 1], [x.low, 1], "ideal"), *_curve(target, before, x, "before")]
    errors = [calibration_error(target, before)]
    if after is not None:
        parts += _curve(target, after, x, "after")
        errors.append(calibration_error(target, after))
    said = " → ".join(score(e) for e in errors)
    return PanelChart(
        key="calibration",
        title=f"Calibration error {said}",
        caption=f"Mean confidence of the predicted class against the share that is right, "
        f"in {BINS} bins of equally many rows, {contents.where}. On the dashed line a confidence "
        "means what it says; under it the model is too sure of itself.",
        panels=(
            Panel(
                framed(x, UNIT, 300, *parts, label=f"calibration error {said}"),
                "mean confidence",
                "share right",
            ),
        ),
        legend=(("before", "base"), ("after", contents.kept)) if after is not None else (),
    )


def _curve(
    target: NDArray[np.int64], proba: NDArray[np.float64], x: Scale, series: str
) -> list[Markup]:
    curve = reliability_curve(target, proba, BINS)
    xs, ys = curve.confidence.tolist(), curve.accuracy.tolist()
    dots = [dot(x(at), UNIT.up(y), series) for at, y in zip(xs, ys)]
    return [polyline([x.share(at) for at in xs], ys, f"line {series}"), *dots]
