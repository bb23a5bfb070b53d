"""What the figures share: an empty figure with quiet axes, colours that all eyes tell apart."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from steelyard.core.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Figure
else:
    Figure = Any

# Okabe and Ito's colours for the colour-blind, without yellow, which is lost on white
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8C8C8C")


def colour(k: int) -> str:
    """The colour of the k-th class or model; they repeat after seven."""
    return COLOURS[k % len(COLOURS)]


def empty_figure(
    down: int, across: int, *, panel: tuple[float, float] = (3.8, 2.9), share_y: bool = False
) -> tuple[Figure, Any]:
    """A figure of ``down`` by ``across`` panels of so many inches, and its axes in an array.

    Raises
    ------
    UserError
        E191: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure as Drawing
    except ImportError as error:
        raise UserError(
            "E191",
            "pictures need matplotlib, which is not installed",
            fix='pip install "steelyard[pictures]"',
        ) from error
    figure = Drawing(figsize=(panel[0] * across, panel[1] * down), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False, sharey=share_y)
    for ax in axes.ravel():
        quiet(ax)
    return figure, axes


def quiet(ax: Any) -> None:
    """Two spines and a faint grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)


def label_columns(ax: Any, ends: list[tuple[float, str, Any]]) -> None:
    """Write the name of each line at its right end, moved apart where they would overlap."""
    low, high = ax.get_ylim()
    to_axes = ax.transLimits.transform
    scale = ax.transScale.transform
    heights = [float(to_axes(scale((1.0, value)))[1]) for value, _, _ in ends]
    apart = 0.075
    at = np.array(heights)
    order = np.argsort(at, kind="stable")
    for before, i in pairwise(order.tolist()):
        at[i] = max(at[i], at[before] + apart)
    at -= max(at.max() - 1.02, 0) if len(at) else 0
    ax.set_ylim(low, high)
    for (_, name, shade), y in zip(ends, at.tolist()):
        look = {"va": "center", "fontsize": "small", "color": shade}
        ax.text(1.02, y, _short(name), transform=ax.transAxes, **look)


def legend(figure: Any, ax: Any, where: str) -> None:
    """The names of the lines or points of ``ax``, above (``upper``) or below all panels."""
    handles, names = ax.get_legend_handles_labels()
    if names:
        shown = min(len(names), 6)
        figure.legend(handles, names, loc=f"outside {where} center", ncols=shown, frameon=False)


def _short(name: str, longest: int = 18) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"
