"""Images decoded once into a memory map (N, S, S, 3), kept in the cache under their content."""

import hashlib
import json
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from steelyard.core.case import Case
from steelyard.core.errors import UserError, first_five
from steelyard.intake.pixels import Decoded, decode, shorter_side

SMALLEST, LARGEST = 8, 160
"""Limits of the side that is chosen when none is given, in pixels."""
_VERSION = b"pixels 1"  # change it when the same bytes decode to other pixels


@dataclass(frozen=True)
class Pixels:
    """What became of a list of files.

    Attributes
    ----------
    X : uint8 (n, S, S, 3), a read-only memory map.
    rows : (n,) which of the files they are.
    content : (n,) hash of the pixels.
    notes : unusual files, counted.
    """

    X: NDArray[np.uint8]
    rows: NDArray[np.int64]
    content: NDArray[np.uint64]
    notes: tuple[str, ...]


def choose_side(files: tuple[Path, ...]) -> int:
    """The median shorter side of up to 500 images, at most `LARGEST`."""
    some = files[:: max(1, len(files) // 500)]
    with _pillow_quiet():
        sides = [side for path in some if (side := shorter_side(path))]
    return int(np.clip(np.median(sides), SMALLEST, LARGEST)) if sides else SMALLEST


def decode_all(
    files: tuple[Path, ...],
    names: tuple[str, ...],
    side: int,
    cache: Path,
    *,
    skip_unreadable: bool = False,
    where: str = "",
) -> Pixels:
    """Decode ``files``, or take their pixels from ``cache`` when their bytes are the same.

    Raises
    ------
    UserError
        E120 naming the images that cannot be read, unless ``skip_unreadable``; E150, E151 when
        the cache cannot be written.
    """
    digests = _in_threads(_file_hash, files)
    key = hashlib.blake2b(_VERSION + bytes([side % 256, side // 256]), digest_size=12)
    for digest, name in zip(digests, names):
        key.update(digest + name.rpartition(".")[2].lower().encode() + b"\0")
    stem = cache / f"pixels-{side}-{key.hexdigest()}"
    facts = _known(stem) or _decode_into(stem, files, names, side)
    unreadable: dict[str, str] = facts["unreadable"]
    if unreadable and (not skip_unreadable or len(unreadable) == len(set(names))):
        raise _cannot_read(unreadable, len(files), where)
    notes = [f"{n} of {len(files)} images are {what}" for what, n in facts["odd"].items()]
    if unreadable:
        said = [f"{name} ({why})" for name, why in unreadable.items()]
        notes.append(
            f"{len(unreadable)} images cannot be read and were left out: {first_five(said)}"
        )
    rows = np.flatnonzero([name not in unreadable for name in names])
    X = np.load(stem.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
    content = np.array([int(h, 16) for h in facts["content"]], dtype=np.uint64)
    return Pixels(X, rows, content, tuple(notes))


def decode_new(
    files: tuple[Path, ...],
    names: tuple[str, ...],
    side: int,
    *,
    skip_unreadable: bool = False,
    where: str = "",
) -> tuple[NDArray[np.uint8], NDArray[np.str_]]:
    """Pixels (n, side, side, 3) of new files, decoded like the first, and their names; no cache.

    Raises `UserError` E120 like `decode_all`.
    """
    decoded = list(_decoded(files, names, side))
    unreadable = {n: d.why for n, d in zip(names, decoded) if d.pixels is None}
    if unreadable and (not skip_unreadable or len(unreadable) == len(names)):
        raise _cannot_read(unreadable, len(files), where)
    readable = [(n, d.pixels) for n, d in zip(names, decoded) if d.pixels is not None]
    return np.stack([pixels for _, pixels in readable]), np.array([n for n, _ in readable])


def _known(stem: Path) -> dict[str, Any] | None:
    facts = stem.with_suffix(".json")
    if not facts.is_file() or not stem.with_suffix(".npy").is_file():
        return None
    known: dict[str, Any] = json.loads(facts.read_text("utf-8"))
    return known


def _decode_into(
    stem: Path, files: tuple[Path, ...], names: tuple[str, ...], side: int
) -> dict[str, Any]:
    """Write the pixels of the readable files, then the facts: those make the pixels valid."""
    unreadable: dict[str, str] = {}
    odd: Counter[str] = Counter()
    content: list[str] = []

    def rows() -> Iterator[NDArray[np.uint8]]:
        for name, one in zip(names, _decoded(files, names, side)):
            odd.update(one.odd)
            if one.pixels is None:
                unreadable[name] = one.why
                continue
            content.append(hashlib.blake2b(one.pixels.tobytes(), digest_size=8).hexdigest())
            yield one.pixels

    kept = Case(stem.parent)
    kept.write(stem.with_suffix(".npy").name, lambda part: _write_rows(part, rows(), side))
    facts = {"unreadable": unreadable, "odd": dict(odd), "content": content}
    kept.write_json(stem.with_suffix(".json").name, facts)
    return facts


def _write_rows(part: IO[bytes], rows: Iterator[NDArray[np.uint8]], side: int) -> None:
    """A ``.npy`` whose length is known only at the end, so the header is written twice.

    Plain writes, not a writable memory map: on a full disk that would end in a bus error.
    """
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**12, side, side, 3)}
    np.lib.format.write_array_header_1_0(part, header)
    start, n = part.tell(), 0
    for pixels in rows:
        part.write(np.ascontiguousarray(pixels).data)
        n += 1
    part.seek(0)
    np.lib.format.write_array_header_1_0(part, {**header, "shape": (n, side, side, 3)})
    if part.tell() != start:
        raise ValueError("the header of the pixel file changed its length")


def _decoded(files: tuple[Path, ...], names: tuple[str, ...], side: int) -> Iterator[Decoded]:
    def one(job: tuple[Path, str]) -> Decoded:
        path, name = job
        try:
            content = path.read_bytes()
        except OSError as error:
            return Decoded(None, os.strerror(error.errno or 0).lower())
        return decode(content, side, name)

    jobs = list(zip(files, names))
    with _pillow_quiet(), ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(jobs), 256):  # bounds how many decoded images wait in memory
            yield from pool.map(one, jobs[start : start + 256])


def _in_threads(call: Callable[[Path], bytes], files: tuple[Path, ...]) -> list[bytes]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(call, files, chunksize=64))


def _file_hash(path: Path) -> bytes:
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
    except OSError:  # named by the decoding
        return b"-" * 16


class _pillow_quiet(warnings.catch_warnings):  # noqa: N801 - used like a function
    """Pillow warns of odd metadata and large images; the first is harmless, the second refused."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.filterwarnings("ignore", module="PIL")
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def _cannot_read(unreadable: dict[str, str], total: int, where: str) -> UserError:
    said = [f"{name} ({why})" for name, why in unreadable.items()]
    return UserError(
        "E120",
        f"{len(unreadable)} of {total} images cannot be read",
        where=where,
        why=first_five(said),
        fix="--skip-unreadable leaves them out (nothing is deleted)",
    )
