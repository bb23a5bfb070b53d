"""A chart with two axes, whose lines stretch with the page and whose type does not."""

from dataclasses import dataclass

from markupsafe import Markup

from steelyard.report.svg import Scale, plot, tag


@dataclass(frozen=True)
class Panel:
    """One drawing with two axes; several may stand side by side under one title."""

    drawing: Markup
    x_name: str
    y_name: str


@dataclass(frozen=True)
class PanelChart:
    """Panels under one title, with a caption that says how to read them."""

    key: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    legend: tuple[tuple[str, str], ...] = ()


def framed(x: Scale, y: Scale, height: int, *parts: Markup, label: str) -> Markup:
    """``parts`` over a grid, with the numbers of both axes outside the plot area."""
    lines = [tag("line", x1=x(t), x2=x(t), y1="0%", y2="100%", class_="grid") for t in x.ticks] + [
        tag("line", x1="0%", x2="100%", y1=y.up(t), y2=y.up(t), class_="grid") for t in y.ticks
    ]
    numbers = [
        tag("text", f"{t:g}", x=x(t), y=height + 16, class_="tick", text_anchor="middle")
        for t in x.ticks
    ] + [
        tag("text", f"{t:g}", x=-8, y=y.up(t), dy="0.35em", class_="tick", text_anchor="end")
        for t in y.ticks
    ]
    return plot(height, *lines, *numbers, *parts, label=label, class_="plot panel")
