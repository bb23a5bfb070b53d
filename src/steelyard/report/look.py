"""The rows that changed between right and wrong: their images, or their names."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from steelyard.report.contents import Contents
from steelyard.report.decisions import Ints

MOST_IMAGES = 200
MOST_NAMES = 40
OPEN = 30
BYTES = 1_200_000  # of the page's two million; photographs of pure noise would need more


@dataclass(frozen=True)
class Changed:
    """One row: what it is called, what it is, and what it was or is now taken for."""

    name: str
    true: str
    taken_for: str
    image: str = ""


@dataclass(frozen=True)
class Group:
    """The newly wrong or the newly right rows; ``total`` counts those that are not shown too.

    ``mistaken`` says whose mistake ``taken_for`` is: the one has none before, the other none now.
    """

    key: str
    title: str
    mistaken: str
    rows: tuple[Changed, ...]
    total: int

    @property
    def folded(self) -> list[tuple[str, tuple[Changed, ...]]]:
        """The first rows in the open, the others under a fold that says how many they are."""
        rest = self.rows[OPEN:]
        return [("", self.rows[:OPEN]), *([(f"{len(rest)} more", rest)] if rest else [])]

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
    noun = "row" if contents.thumbnails is None else "image"
    for key, marked, mistaken, taken in (
        ("newly-wrong", comparison.lost, "is now taken for", comparison.new),
        ("newly-right", comparison.gained, "was taken for", comparison.old),
    ):
        total = int(marked.sum())
        if total:
            many = f"{total} {noun} is" if total == 1 else f"{total} {noun}s are"
            rows = _rows(contents, comparison.rarest_first(marked), taken)
            groups.append(Group(key, f"{many} {key.replace('-', ' ')}", mistaken, rows, total))
    return groups


def _rows(contents: Contents, rows: Ints, taken: Ints) -> tuple[Changed, ...]:
    if contents.thumbnails is None:
        return tuple(_changed(contents, int(i), taken) for i in rows[:MOST_NAMES])
    pixels = dict(zip(contents.thumbnails["row"].tolist(), contents.thumbnails["pixels"]))
    shown: list[Changed] = []
    used = 0
    for i in (int(i) for i in rows if int(i) in pixels):
        image = _png(pixels[i])
        used += len(image)
        if used > BYTES // 2 or len(shown) == MOST_IMAGES // 2:
            break
        shown.append(_changed(contents, i, taken, image))
    return tuple(shown)


def _changed(contents: Contents, i: int, taken: Ints, image: str = "") -> Changed:
    test = contents.test or {}
    names = test.get("row_names")
    name = str(names[i]) if names is not None else f"row {i}"
    true, taken_for = contents.classes[int(test["target"][i])], contents.classes[int(taken[i])]
    return Changed(name, true, taken_for, image)


def _png(pixels: NDArray[np.uint8]) -> str:
    part = io.BytesIO()
    Image.fromarray(pixels).save(part, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(part.getvalue()).decode('ascii')}"
