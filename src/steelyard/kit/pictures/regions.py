"""Decision regions in two dimensions, stronger where the classifier is surer."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from steelyard.kit.pictures.drawing import Figure, colour, empty_figure, legend
from steelyard.kit.pictures.grid import decision_grid
from steelyard.kit.pictures.member_scores import named

MARKERS = "osD^vP*X"
ROWS_OF_A_CLASS = 500  # more would hide the regions


def decision_regions(
    models: Mapping[str, Any] | Any, X: Any, y: Any, *, steps: int = 200, columns: int = 4
) -> Figure:
    """One panel a model: its decision in colour, and the rows, the rare classes on top.

    Of a class with more rows than 500, 500 evenly spaced ones are drawn.

    Parameters
    ----------
    models : name -> fitted classifier, or one; they need ``predict_proba``
    X : (N, 2) rows of numbers
    y : (N,) labels
    steps : points a side of the grid on which a model is asked
    columns : panels beside each other

    Raises
    ------
    ValueError
        As `decision_grid`, or labels do not fit the rows.
    """
    rows, labels, them = np.asarray(X, dtype=np.float64), np.asarray(y), named(models)
    if labels.shape != (len(rows),):
        raise ValueError(f"y must be ({len(rows)},), one label a row, got shape {labels.shape}")
    across = min(columns, len(them))
    figure, axes = empty_figure(-(-len(them) // across), across, panel=(3.2, 3.2))
    shown = axes.ravel()
    for ax, (name, model) in zip(shown, them.items()):
        asked = decision_grid(model, X, steps=steps)
        _shade(ax, asked)
        _scatter(ax, rows, labels, asked.classes)
        ax.set_title(name)
        ax.set_xlim(asked.x[0], asked.x[-1])
        ax.set_ylim(asked.y[0], asked.y[-1])
        ax.grid(visible=False)
    for ax in shown[len(them) :]:
        ax.set_axis_off()
    names = [str(name) for name in getattr(X, "columns", ("first column", "second column"))]
    for ax in shown[max(len(them) - across, 0) : len(them)]:
        ax.set_xlabel(names[0])
    for ax in axes[:, 0]:
        ax.set_ylabel(names[1])
    legend(figure, axes[0, 0], "lower")
    return figure


def _shade(ax: Any, asked: Any) -> None:
    from matplotlib.colors import to_rgb

    K = len(asked.classes)
    shades = np.array([to_rgb(colour(k)) for k in range(K)])
    paper = np.array(to_rgb(ax.get_facecolor()))
    # chance is the paper itself, certainty half of the colour: rows stay visible on it
    strength = 0.1 + 0.45 * np.clip((asked.sure - 1 / K) / (1 - 1 / K), 0, 1)
    image = paper + strength[..., None] * (shades[asked.best] - paper)
    edges = (asked.x[0], asked.x[-1], asked.y[0], asked.y[-1])
    ax.imshow(image, extent=edges, origin="lower", aspect="auto", interpolation="nearest", zorder=0)
    if K > 1:
        between = np.arange(K - 1) + 0.5
        ink = {"colors": [ax.spines["left"].get_edgecolor()], "linewidths": 0.6, "zorder": 1}
        ax.contour(asked.x, asked.y, asked.best, levels=between, **ink)


def _scatter(ax: Any, rows: Any, labels: Any, classes: tuple[Any, ...]) -> None:
    counts = [(labels == label).sum() for label in classes]
    for k in np.argsort(counts)[::-1].tolist():
        of_class = np.flatnonzero(labels == classes[k])
        if of_class.size > ROWS_OF_A_CLASS:
            of_class = of_class[np.linspace(0, of_class.size - 1, ROWS_OF_A_CLASS).astype(int)]
        look = {"marker": MARKERS[k % len(MARKERS)], "s": 18, "linewidths": 0.6}
        ink = {"color": colour(k), "edgecolors": ax.get_facecolor(), "zorder": 2}
        ax.scatter(rows[of_class, 0], rows[of_class, 1], label=str(classes[k]), **look, **ink)
