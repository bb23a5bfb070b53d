"""The rows that changed between right and wrong: their images, or their names."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from steelyard.report.comparison import Comparison
from steelyard.report.contents import Contents

MOST_IMAGES = 200
MOST_NAMES = 40
BYTES = 1_200_000  # of the page's two million; photographs of pure noise would need more


@dataclass(frozen=True)
class Changed:
    """One row: what it is called, what it is, what it was taken for before and after."""

    name: str
    true: str
    before: str
    after: str
    image: str = ""


@dataclass(frozen=True)
class Group:
    """The newly wrong or the newly right rows; ``total`` counts those that are not shown too."""

    key: str
    title: str
    rows: tuple[Changed, ...]
    total: int

    @property
    def images(self) -> bool:
        """Whether there are thumbnails."""
        return any(row.image for row in self.rows)


def look(contents: Contents) -> list[Group]:
    """Newly wrong, then newly right; empty when the model did not change."""
    comparison = contents.comparison
    if comparison is None or not contents.changed:
        return []
    groups = []
    for key, marked, word in (
        ("newly-wrong", comparison.lost, "newly wrong"),
        ("newly-right", comparison.gained, "newly right"),
    ):
        total = int(marked.sum())
        if total:
            noun = "row is" if total == 1 else "rows are"
            rows = _rows(contents, comparison, np.flatnonzero(marked))
            groups.append(Group(key, f"{total} {noun} {word}", rows, total))
    return groups


def _rows(contents: Contents, comparison: Comparison, rows: NDArray[Any]) -> tuple[Changed, ...]:
    """The rarest classes first: there a flip weighs most."""
    counts = comparison.per_class()
    rows = rows[np.argsort(counts[comparison.target[rows]], kind="stable")]
    if contents.thumbnails is None:
        return tuple(_changed(contents, comparison, int(i)) for i in rows[:MOST_NAMES])
    pixels = dict(zip(contents.thumbnails["row"].tolist(), contents.thumbnails["pixels"]))
    shown, used = [], 0
    for i in (int(i) for i in rows if int(i) in pixels):
        image = _png(pixels[i])
        used += len(image)
        if used > BYTES // 2 or len(shown) == MOST_IMAGES // 2:
            break
        shown.append(_changed(contents, comparison, i, image))
    return tuple(shown)


def _changed(contents: Contents, comparison: Comparison, i: int, image: str = "") -> Changed:
    names = (contents.test or {}).get("row_names")
    true, before, after = (
        contents.classes[int(which[i])]
        for which in (comparison.target, comparison.old, comparison.new)
    )
    return Changed(str(names[i]) if names is not None else f"row {i}", true, before, after, image)


def _png(pixels: NDArray[np.uint8]) -> str:
    part = io.BytesIO()
    Image.fromarray(pixels).save(part, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(part.getvalue()).decode('ascii')}"
