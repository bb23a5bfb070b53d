"""Pixels -> features by a frozen backbone, once, in the worker processes, stored by content."""

import hashlib
import os.path
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.case import Case
from steelyard.engine.crew import CREW, Task

_CHUNK = 1024


class OutOfTime(TimeoutError):
    """The deadline came before all images had features; those that have are kept."""


def features_of(
    case: Case,
    pixels: NDArray[np.uint8],
    backbone: str,
    name: str,
    *,
    deadline: float,
    tell: Callable[[str, int, int], None],
) -> NDArray[np.float32]:
    """Features (N, D) of ``pixels`` (N, H, W, 3), from the case where they were stored before.

    ``name`` identifies the pixels. Raises `OutOfTime` at the deadline, `UserError` E160 or E161
    for a backbone that cannot be loaded, RuntimeError where it cannot process the images.
    """
    place = f"cache/{name}-{backbone_tag(backbone)}"
    size = max(1, min(_CHUNK, -(-len(pixels) // CREW.size)))
    starts = range(0, len(pixels), size)
    files = {start: f"{place}/features-{start}-{size}.npy" for start in starts}
    images = pixels_on_disk(case, pixels, place)
    tasks = [
        Task(
            "features",
            {
                "images": images, "rows": [start, min(start + size, len(pixels))],
                "backbone": backbone, "image_side": int(pixels.shape[1]),
                "case": str(case.folder), "result": file,
            },
        )
        for start, file in files.items()
        if not (case.folder / file).is_file()
    ]  # fmt: skip
    done = len(files) - len(tasks)

    def count(answer: Any) -> None:
        nonlocal done
        if answer.value is None:
            raise RuntimeError(f"the backbone '{backbone}' failed: {answer.failed}")
        done += 1
        tell("features of the images", done, len(files))

    tell("features of the images", done, len(files))
    CREW.run(tasks, deadline=deadline, on_answer=count)
    if done < len(files):
        raise OutOfTime(f"features of {done} of {len(files)} parts when the time was up")
    parts = [np.load(case.folder / file, allow_pickle=False) for file in files.values()]
    return np.concatenate(parts)


def pixels_on_disk(case: Case, pixels: NDArray[np.uint8], place: str) -> str:
    """A file that the workers can map: the pixels' own, or a copy of arrays given in memory."""
    own = getattr(pixels, "filename", None)
    if own is not None and np.load(own, mmap_mode="r", allow_pickle=False).shape == pixels.shape:
        return str(own)
    copy = f"{place}/pixels.npy"
    if not (case.folder / copy).is_file():
        case.write(copy, lambda part: np.save(part, pixels, allow_pickle=False))
    return str(case.folder / copy)


def backbone_tag(backbone: str) -> str:
    """Names the backbone; the user's file by its content, so that an edit is noticed."""
    file = Path(backbone.rpartition(":")[0] or backbone)
    content = file.read_bytes() if os.path.isfile(file) else b""  # no for a name too long
    return hashlib.sha256(backbone.encode() + content).hexdigest()[:12]
