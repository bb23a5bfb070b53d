"""Rows of each class that each member of an ensemble was trained on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from steelyard.kit.metrics.arrays import IntArray
from steelyard.kit.pictures.drawing import Figure, colour, empty_figure, label_columns
from steelyard.kit.pictures.member_scores import named


@dataclass(frozen=True)
class MemberCounts:
    """``counts (M, K)`` in the order of ``classes (K,)``."""

    classes: tuple[Any, ...]
    counts: IntArray


def class_counts_by_member(ensemble: Any) -> MemberCounts:
    """What each member saw, repeated and synthetic rows too.

    Raises
    ------
    ValueError
        The ensemble does not keep it: ``member_counts_`` is missing, as in scikit-learn's own.

    >>> from steelyard.kit.ensembles import UnderBaggingClassifier
    >>> model = UnderBaggingClassifier(n_estimators=2).fit([[0], [1], [2], [3]], [0, 0, 0, 1])
    >>> class_counts_by_member(model).counts
    array([[1, 1],
           [1, 1]])
    """
    if not hasattr(ensemble, "member_counts_"):
        raise ValueError(
            f"{type(ensemble).__name__} has no member_counts_; "
            f"give a fitted ensemble of steelyard.kit.ensembles"
        )
    return MemberCounts(tuple(np.asarray(ensemble.classes_).tolist()), ensemble.member_counts_)


def member_class_counts(ensembles: Mapping[str, Any] | Any) -> Figure:
    """One panel an ensemble: rows of each class on a log scale, member by member.

    Parameters
    ----------
    ensembles : name -> fitted ensemble, or one fitted ensemble

    Raises
    ------
    ValueError
        As `class_counts_by_member`.
    """
    found = {name: class_counts_by_member(model) for name, model in named(ensembles).items()}
    figure, axes = empty_figure(1, len(found), share_y=True)
    for ax, (name, seen) in zip(axes[0], found.items()):
        members = np.arange(1, len(seen.counts) + 1)
        lines: list[tuple[float, str, Any]] = []
        for k, label in enumerate(seen.classes):
            line = np.maximum(seen.counts[:, k], 0.5)  # so that none has a place on a log scale
            ax.plot(members, line, color=colour(k), drawstyle="steps-mid", marker=".", alpha=0.9)
            lines.append((float(line[-1]), str(label), colour(k)))
        ax.set_yscale("log")
        ax.margins(y=0.15)
        ax.set_title(name)
        ax.set_xlabel("member")
        label_columns(ax, _together(lines))
    axes[0][0].set_ylabel("rows of each class")
    return figure


def _together(lines: list[tuple[float, str, Any]]) -> list[tuple[float, str, Any]]:
    """Classes that end at the same height share a label, in the colour of the text."""
    from matplotlib import rcParams

    heights: dict[float, list[tuple[str, Any]]] = {}
    for height, label, shade in lines:
        heights.setdefault(height, []).append((label, shade))
    return [
        (
            height,
            ", ".join(n for n, _ in them),
            them[0][1] if len(them) == 1 else rcParams["text.color"],
        )
        for height, them in heights.items()
    ]
