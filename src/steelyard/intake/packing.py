"""Compressed files: opened by what their first bytes say, damage named."""

import bz2
import gzip
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from steelyard.core.errors import UserError

SAMPLE = 1 << 20
"""Bytes looked at to find out how a file is written."""

_OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZ": bz2.open,
    b"\xfd7": lzma.open,
}
_ZIP = b"PK\x03\x04"


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn what reading a damaged, encrypted or forbidden file raises into `UserError` E107."""
    try:
        yield
    except RuntimeError as error:  # so zipfile calls a password or a method it does not know
        raise UserError(
            "E107",
            f"'{path.name}' cannot be unpacked",
            where=str(path),
            why="it is encrypted, or packed in an unusual way",
            fix="unpack it and give what is inside",
        ) from error
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        refused = error.errno if isinstance(error, OSError) else None
        raise UserError(
            "E107",
            f"'{path.name}' cannot be read",
            where=str(path),
            why=os.strerror(refused) if refused else "the file is cut off or damaged",
            fix="allow it to be read" if refused else "fetch or write it again",
        ) from error


def open_bytes(path: Path) -> IO[bytes]:
    """The plain bytes of a file, compressed by gzip, bzip2, xz, zip or not at all.

    Raises `UserError` E119 for a zip of several files, E107 for a damaged one.
    """
    with damage_named(path):
        with path.open("rb") as plain:
            magic = plain.read(4)
        if magic == _ZIP:
            return _open_member(path)
        opened: IO[bytes] = _OPENERS.get(magic[:2], open)(path, "rb")
        return opened


def _open_member(path: Path) -> IO[bytes]:
    """The only file of a zip; closing the archive leaves an opened member readable."""
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.namelist() if not m.endswith("/") and "__MACOSX" not in m]
        if len(members) == 1:
            return archive.open(members[0])
    raise UserError(
        "E119",
        f"'{path.name}' holds {len(members)} files",
        where=str(path),
        why="only a single compressed table can be read as it is",
        fix="unpack it and give the folder or the table inside",
    )


def size_unpacked(path: Path) -> int:
    """Bytes of the file when unpacked; of gzip, bzip2 and xz estimated from the first mebibyte."""
    size = path.stat().st_size
    with damage_named(path), path.open("rb") as raw:
        magic = raw.read(4)
        raw.seek(0)
        if magic == _ZIP:
            with zipfile.ZipFile(raw) as archive:
                return sum(member.file_size for member in archive.infolist())
        opener = _OPENERS.get(magic[:2])
        if opener is None:
            return size
        with opener(raw, "rb") as stream:
            unpacked = len(stream.read(SAMPLE))
        return int(size * unpacked / max(1, min(raw.tell(), size)))
