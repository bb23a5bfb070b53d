"""Confusion matrices of several models on one set of rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from steelyard.kit.metrics.arrays import FloatArray
from steelyard.kit.metrics.confusion import confusion_matrix
from steelyard.kit.pictures.drawing import Figure, empty_figure
from steelyard.kit.pictures.member_scores import named

NUMBERS_UP_TO = 20  # classes; beyond, figures would not be readable


def confusion_matrices(models: Mapping[str, Any] | Any, X: Any, y: Any) -> Figure:
    """One panel a model: rows are the truth, columns the decision, shaded by the share of the row.

    Parameters
    ----------
    models : name -> fitted classifier, or one
    X : (N, D) rows
    y : (N,) labels, all among the ``classes_`` of every model
    """
    them = named(models)
    figure, axes = empty_figure(1, len(them), panel=(3.4, 3.2))
    for ax, (name, model) in zip(axes[0], them.items()):
        numbers = np.searchsorted(model.classes_, np.asarray(y))
        predicted = np.searchsorted(model.classes_, model.predict(X))
        matrix = confusion_matrix(numbers, predicted, len(model.classes_))
        draw_confusion(ax, matrix, model.classes_)
        ax.set_title(name)
    return figure


def draw_confusion(
    ax: Any,
    matrix: Any,
    classes: Any,
    *,
    mistakes_only: bool = False,
    cmap: Any = "cividis",
    vmin: float | None = None,
    vmax: float | None = None,
    annot: bool = True,
    fmt: str = "d",
    cbar: bool = False,
    linewidths: float = 0.5,
    alpha: float | None = None,
) -> None:
    """``matrix (K, K)`` as a heat map: by share of its row, or by counts where limits are given."""
    from matplotlib import colormaps

    counts = np.asarray(matrix, dtype=np.float64)
    by_count = vmin is not None or vmax is not None or cbar
    shade = counts if by_count else _shares(counts)
    hidden = np.eye(len(counts), dtype=bool) & mistakes_only
    drawn = np.ma.masked_array(shade, hidden)
    low = 0.0 if vmin is None else vmin
    high = vmax if vmax is not None else float(drawn.max() or 1.0) if by_count else 1.0
    image = ax.imshow(drawn, cmap=cmap, vmin=low, vmax=high, alpha=alpha)
    ticks = np.arange(len(counts))
    ax.set_xticks(ticks, [str(label) for label in classes])
    ax.set_yticks(ticks, [str(label) for label in classes])
    ax.set_xticks(ticks[1:] - 0.5, minor=True)
    ax.set_yticks(ticks[1:] - 0.5, minor=True)
    ax.grid(visible=False)
    ax.grid(which="minor", color=ax.get_facecolor(), linewidth=linewidths, alpha=1)
    ax.tick_params(which="both", length=0)
    ax.set_xlabel("decision")
    ax.set_ylabel("truth")
    if cbar:
        ax.figure.colorbar(image, ax=ax, shrink=0.8)
    if annot and len(counts) <= NUMBERS_UP_TO:
        shades = colormaps[cmap] if isinstance(cmap, str) else cmap
        for i, j in np.argwhere(~hidden).tolist():
            red, green, blue, _ = shades(image.norm(shade[i, j]))
            dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.45
            number = format(int(counts[i, j]) if fmt == "d" else counts[i, j], fmt)
            ink = "white" if dark else "black"
            ax.text(j, i, number, ha="center", va="center", color=ink, fontsize="small")


def _shares(counts: FloatArray) -> FloatArray:
    total = counts.sum(axis=1, keepdims=True)
    return np.asarray(counts / np.where(total > 0, total, 1))
