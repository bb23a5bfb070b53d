"""Training curves: metrics of ensembles, and measures of each class, over their members."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from steelyard.kit.metrics.arrays import FloatArray
from steelyard.kit.pictures.drawing import Figure, colour, empty_figure, label_columns, legend
from steelyard.kit.pictures.member_scores import ScoreCurve, named, scores_over_members

STYLES = ("-", "--", "-.", ":")


def training_curves(
    ensembles: Mapping[str, Any] | Any,
    X: Any,
    y: Any,
    *,
    metrics: Mapping[str, Any] | None = None,
    per_class: str | Sequence[str] = (),
    every: int = 1,
) -> Figure:
    """A panel for each metric with a line an ensemble; below them one for each measure by class.

    Parameters and errors are those of `scores_over_members`.
    """
    them = named(ensembles)
    curves = scores_over_members(them, X, y, metrics=metrics, per_class=per_class, every=every)
    overall = list(dict.fromkeys(c.metric for c in curves if c.label is None))
    measures = list(dict.fromkeys(c.metric for c in curves if c.label is not None))
    by_class = [(measure, name) for measure in measures for name in them]
    across = max(len(overall), len(them) if measures else 1)
    figure, axes = empty_figure((1 if overall else 0) + len(measures), across)
    for ax, metric in zip(axes[0], overall):
        draw_curves(ax, [c for c in curves if c.metric == metric and c.label is None])
        ax.set_ylabel(metric.replace("_", " "))
    for i, (measure, name) in enumerate(by_class):
        ax = axes[(1 if overall else 0) + i // len(them), i % len(them)]
        own = [
            c for c in curves if (c.metric, c.ensemble) == (measure, name) and c.label is not None
        ]
        values = [c.values for c in curves if c.metric == measure and c.label is not None]
        ax.set_ylim(*_limits(np.concatenate(values)))
        for k, c in enumerate(own):
            ax.plot(c.members, c.values, color=colour(k), label=str(c.label))
        ends = [(float(c.values[-1]), str(c.label), colour(k)) for k, c in enumerate(own)]
        label_columns(ax, [end for end in ends if np.isfinite(end[0])])
        ax.set_title(name)
        ax.set_ylabel(f"{measure} of each class")
    for ax in axes.ravel():
        ax.set_xlabel("members")
        if not ax.lines:
            ax.set_axis_off()
    if overall and len(them) > 1:
        legend(figure, axes[0, 0], "upper")
    return figure


def _limits(values: FloatArray) -> tuple[float, float]:
    """The same for every ensemble, so that panels beside each other may be compared."""
    found = values[np.isfinite(values)]
    low, high = (found.min(), found.max()) if found.size else (0.0, 1.0)
    air = 0.05 * max(high - low, 0.02)
    return float(low - air), float(high + air)


def draw_curves(ax: Any, curves: Sequence[ScoreCurve], **looks: Any) -> None:
    """One line a curve, the colour by ensemble."""
    names = list(dict.fromkeys(c.ensemble for c in curves))
    for curve in curves:
        given = {"color": colour(names.index(curve.ensemble)), "label": curve.ensemble, **looks}
        ax.plot(curve.members, curve.values, **given)
    best = [float(np.nanmax(c.values)) for c in curves if np.isfinite(c.values).any()]
    if len(curves) == 1 and best:
        ax.set_title(f"best {best[0]:.3f}", fontsize="small", loc="right")
