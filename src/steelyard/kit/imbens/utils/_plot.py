"""The plots of a data set that the gallery's scripts draw with."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.decomposition import KernelPCA

from steelyard.kit.pictures.drawing import colour, quiet
from steelyard.kit.pictures.regions import MARKERS


def set_ax_border(ax: Any, border_color: Any = "black", border_width: float = 2) -> Any:
    """All four spines of ``ax`` in one colour and width."""
    for spine in ax.spines.values():
        spine.set_color(border_color)
        spine.set_linewidth(border_width)
    return ax


def plot_scatter(
    X: Any,
    y: Any,
    ax: Any = None,
    weights: Any = None,
    title: str = "",
    projection: Any = None,
    vis_params: Mapping[str, Any] | None = None,
) -> Any:
    """Rows in two dimensions, the rare classes on top; more columns go through ``projection``."""
    from matplotlib import pyplot

    ax = pyplot.gca() if ax is None else ax
    rows, labels = np.asarray(X), np.asarray(y)
    if rows.shape[1] > 2:
        shown = KernelPCA(n_components=2).fit(rows) if projection is None else projection
        rows = shown.transform(rows)
        title = f"{title} (2D projection by {type(shown).__name__})".strip()
    looks = {"alpha": 0.6, "edgecolor": ax.get_facecolor(), "linewidths": 0.4, **(vis_params or {})}
    sizes = np.broadcast_to(30.0 if weights is None else weights, labels.shape)
    classes, counts = np.unique(labels, return_counts=True)
    quiet(ax)
    for k in np.argsort(-counts, kind="stable").tolist():
        own = labels == classes[k]
        look = {"s": sizes[own], "color": colour(k), "marker": MARKERS[k % len(MARKERS)]}
        ax.scatter(rows[own, 0], rows[own, 1], label=str(classes[k]), **{**look, **looks})
    ax.legend(fontsize="small")
    ax.set_title(title)
    return ax


def plot_class_distribution(
    y: Any, ax: Any = None, title: str = "", sort_values: bool = True, plot_average: bool = True
) -> Any:
    """A bar of rows a class, and a line at their mean."""
    from matplotlib import pyplot

    ax = pyplot.gca() if ax is None else ax
    classes, counts = np.unique(np.asarray(y), return_counts=True)
    order = np.argsort(-counts, kind="stable") if sort_values else np.arange(len(classes))
    names = [str(label) for label in classes[order]]
    quiet(ax)
    ax.bar(names, counts[order], color=[colour(k) for k in order.tolist()])
    ax.grid(visible=False, axis="x")
    if plot_average:
        ax.axhline(counts.mean(), linestyle="--", color="0.5", linewidth=1)
        ax.text(len(names) - 0.5, counts.mean(), "mean", ha="right", va="bottom", color="0.5")
    ax.set(title=title, xlabel="class", ylabel="rows")
    return ax


def plot_2Dprojection_and_cardinality(  # noqa: N802 - the old name
    X: Any,
    y: Any,
    figsize: tuple[float, float] = (10, 4),
    vis_params: Mapping[str, Any] | None = None,
    projection: Any = None,
    weights: Any = None,
    plot_average: bool = True,
    title1: str = "Dataset",
    title2: str = "Class Distribution",
) -> tuple[Any, Any]:
    """Rows in two dimensions, and rows a class beside them."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=figsize, layout="constrained")
    plot_scatter(X, y, axes[0], weights, title1, projection, vis_params)
    plot_class_distribution(y, axes[1], title2, plot_average=plot_average)
    return figure, tuple(axes)
