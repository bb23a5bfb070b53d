"""One image file -> uint8 pixels of a fixed size, whatever its mode."""

import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 89_478_485
"""Larger images are taken for decompression bombs (Pillow's own warning limit: 256 MiB of RGB)."""

_BY_ENDING = {
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "jpe": "JPEG",
    "jfif": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "bmp": "BMP",
    "webp": "WEBP",
    "tif": "TIFF",
    "tiff": "TIFF",
}


@dataclass(frozen=True)
class Decoded:
    """Pixels (S, S, 3), or why there are none; ``odd`` says what was unusual about the file."""

    pixels: NDArray[np.uint8] | None
    why: str = ""
    odd: tuple[str, ...] = ()


def decode(content: bytes, side: int, name: str = "") -> Decoded:
    """Decode an image file's bytes to RGB pixels (side, side, 3).

    The first frame is taken and turned as its EXIF says, alpha laid on white, 16 bits scaled to 8,
    the shorter side resized to ``side`` and the middle cut out. Errors come back as a reason, so
    that all bad files can be named at once.
    """
    if not content:
        return Decoded(None, "empty file")
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                return Decoded(None, _bomb(width * height))
            odd = _oddities(image, name)
            image.draft("RGB", (2 * side, 2 * side))  # lets the JPEG decoder skip detail
            rgb = to_rgb(ImageOps.exif_transpose(image))
            if rgb.size != (side, side):
                rgb = ImageOps.fit(rgb, (side, side), method=Image.Resampling.BICUBIC)
            return Decoded(np.asarray(rgb, dtype=np.uint8), odd=odd)
    except Image.DecompressionBombError as error:
        size = re.search(r"\((\d+) pixels\)", str(error))
        return Decoded(None, _bomb(int(size[1])) if size else "decompression bomb")
    except UnidentifiedImageError:
        return Decoded(None, "not an image")
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        # Pillow's decoders raise all of these on damaged files
        return Decoded(None, "cut off" if "truncated" in str(error).lower() else "damaged")
    except (MemoryError, OverflowError):
        return Decoded(None, "too large")


def shorter_side(path: Path) -> int:
    """Pixels of the shorter side, from the header alone; 0 when it cannot be read."""
    try:
        with Image.open(path) as image:
            return min(image.size)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return 0


def to_rgb(image: Image.Image) -> Image.Image:
    """The image in RGB: alpha on white, 16 bits to 8, palettes and grey spread out."""
    mode = image.mode
    if mode == "RGB":
        return image
    if mode.startswith("I"):
        values = np.asarray(image).astype(np.float64)
        return Image.fromarray(np.clip(values / 257, 0, 255).round().astype(np.uint8)).convert(
            "RGB"
        )
    if mode == "F":
        raise ValueError("floating-point pixels have no known range")
    if mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _oddities(image: Image.Image, name: str) -> tuple[str, ...]:
    odd = []
    expected = _BY_ENDING.get(os.path.splitext(name)[1].lower().lstrip("."), image.format)
    same = {expected, image.format} <= {"JPEG", "MPO"} or expected == image.format
    if not same:
        odd.append("not what the ending says")
    mode = image.mode
    if mode in ("L", "1"):
        odd.append("grey")
    elif mode.startswith("I"):
        odd.append("16-bit")
    elif mode == "P":
        odd.append("palette")
    elif mode in ("CMYK", "YCCK"):
        odd.append("CMYK")
    if mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        odd.append("with alpha")
    if getattr(image, "n_frames", 1) > 1:
        odd.append("animated")
    if image.getexif().get(0x0112, 1) != 1:
        odd.append("turned by EXIF")
    return tuple(odd)


def _bomb(pixels: int) -> str:
    return f"{pixels / 1e6:.0f} megapixels: refused as a decompression bomb"
