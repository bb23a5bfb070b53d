"""Small pictures of the test images that changed between right and wrong, for the report."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from steelyard.report.decisions import Comparison

SIDE = 48
MOST = 100  # newly wrong, and as many newly right


def thumbnails(images: Any, rows: NDArray[np.int64], comparison: Comparison) -> dict[str, Any]:
    """What ``thumbnails.npz`` holds.

    Parameters
    ----------
    images : uint8 array or memory map (N, H, W, 3).
    rows : (n,) which of them are the test rows, in the order of ``comparison``.

    Returns
    -------
    ``row`` (m,) indices into the test rows and ``pixels`` uint8 (m, 48, 48, 3), m <= 200.
    """
    marked = (comparison.lost, comparison.gained)
    shown = np.concatenate([comparison.rarest_first(which)[:MOST] for which in marked])
    pixels = np.zeros((len(shown), SIDE, SIDE, 3), dtype=np.uint8)
    for i, row in enumerate(shown):
        pixels[i] = _small(np.asarray(images[rows[row]]))
    return {"row": shown, "pixels": pixels}


def _small(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fitted into the square: shape kept, the rest black. Small images stay crisp."""
    scale = SIDE / max(image.shape[:2])
    size = tuple(max(1, round(scale * side)) for side in image.shape[1::-1])
    method = Image.Resampling.NEAREST if scale >= 2 else Image.Resampling.LANCZOS
    square = Image.new("RGB", (SIDE, SIDE))
    whole = Image.fromarray(image).resize(size, method)
    square.paste(whole, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return np.asarray(square)
