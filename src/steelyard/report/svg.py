"""Inline SVG that follows the width of the page and keeps its type size.

A plot is as wide as its cell: x is given in per cent, y in pixels or per cent, and text never
scales. User's words are escaped by `tag`.
"""

import math
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape


def tag(name: str, *inside: object, **attributes: object) -> Markup:
    """One element. ``class_`` becomes class, ``text_anchor`` text-anchor; None is left out.

    >>> tag("text", "a < b", x=1.25, class_="tick")
    Markup('<text x="1.25" class="tick">a &lt; b</text>')
    """
    written = [
        f' {key.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
        for key, value in attributes.items()
        if value is not None
    ]
    content = Markup("").join(escape(part) for part in inside)
    end = f">{content}</{name}>" if content else "/>"
    return Markup(f"<{name}{''.join(written)}{end}")


def plot(height: int, *parts: Markup, label: str, class_: str = "plot") -> Markup:
    """A drawing of ``height`` pixels, as wide as its cell; ``label`` tells it in words."""
    title = tag("title", label)
    return tag(
        "svg",
        title,
        *parts,
        class_=class_,
        width="100%",
        height=height,
        role="img",
        focusable="false",
    )


@dataclass(frozen=True)
class Scale:
    """Values from ``low`` to ``high`` as per cent of the width; ``log`` needs ``low`` > 0."""

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """Where the value lies, 0 at ``low`` and 1 at ``high``; outside values go to the edge."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(max(value, self.low))
        return min(max((at - low) / ((high - low) or 1.0), 0.0), 1.0)

    def __call__(self, value: float) -> str:
        """The x of a value.

        >>> Scale(0, 4)(1), Scale(1, 100, log=True)(10)
        ('25%', '50%')
        """
        return f"{_short(100 * self.share(value))}%"

    def up(self, value: float) -> str:
        """The y of a value, which grows downwards.

        >>> Scale(0, 4).up(1)
        '75%'
        """
        return f"{_short(100 - 100 * self.share(value))}%"

    @property
    def ticks(self) -> list[float]:
        """Round values inside.

        >>> Scale(0, 1).ticks
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
        >>> Scale(-0.03, 0.11).ticks
        [0.0, 0.05, 0.1]
        >>> Scale(1, 3000, log=True).ticks
        [1.0, 10.0, 100.0, 1000.0]
        """
        if self.log:
            decades = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
            return [10.0**d for d in decades]
        wide = (self.high - self.low) or 1.0
        unit = 10.0 ** math.floor(math.log10(wide / 3))
        step = next(s * unit for s in (1, 2, 2.5, 5, 10) if wide / (s * unit) <= 5.5)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(float(i * step), 10) for i in range(first, last + 1)]


def padded(values: list[float], *, hold: float = 0.0) -> Scale:
    """A scale around all finite values and ``hold``, with some air."""
    finite = [v for v in [*values, hold] if math.isfinite(v)]
    low, high = min(finite), max(finite)
    air = 0.05 * ((high - low) or 1.0)
    return Scale(low - air, high + air)


def grid(scale: Scale, height: int) -> Markup:
    """A faint upright line at every tick."""
    return Markup("").join(upright(scale(t), height, "grid") for t in scale.ticks)


def axis(scale: Scale, form: str = "{:g}") -> Markup:
    """The numbers of the ticks, for the head of a column of plots."""
    at = {"y": 12, "class_": "tick", "text_anchor": "middle"}
    numbers = [tag("text", form.format(t) if t else "0", x=scale(t), **at) for t in scale.ticks]
    return plot(16, *numbers, label="axis", class_="plot axis")


def upright(x: str, height: int, class_: str) -> Markup:
    """A line from top to bottom."""
    return tag("line", x1=x, x2=x, y1=0, y2=height, class_=class_)


def whisker(scale: Scale, low: float, high: float, y: float, class_: str) -> Markup:
    """An interval at height ``y``."""
    return tag("line", x1=scale(low), x2=scale(high), y1=y, y2=y, class_=f"whisker {class_}")


def dot(x: str, y: float | str, class_: str, r: float = 4.5) -> Markup:
    """A point: ``before`` is hollow, ``after`` filled, by the style sheet."""
    return tag("circle", cx=x, cy=y, r=r, class_=f"dot {class_}")


def polyline(xs: list[float], ys: list[float], class_: str) -> Markup:
    """A line through points given as shares of width and height from the lower left."""
    points = " ".join(f"{_short(100 * x)},{_short(100 - 100 * y)}" for x, y in zip(xs, ys))
    line = tag("polyline", points=points, class_=class_, vector_effect="non-scaling-stroke")
    return tag("svg", line, viewBox="0 0 100 100", preserveAspectRatio="none", class_="stretch")


def _short(value: object) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
