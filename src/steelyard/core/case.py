"""Case: the folder on disk that holds everything about one data set. One run at a time."""

import errno
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.errors import UserError
from steelyard.core.plain import read_plain

SCHEMA = 1
_PART = ".part-"
# what numpy and zipfile raise over a damaged archive; one bit can make it look encrypted
_DAMAGED = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Case:
    """``case.json`` (the contract), ``trials/``, ``cache/``, ``model/`` and ``report.html``."""

    folder: Path

    @property
    def cache(self) -> Path:
        """Features, decoded images and prepared arrays, each named by a hash of its content."""
        return self.folder / "cache"

    @property
    def model(self) -> Path:
        """The kept model."""
        return self.folder / "model"

    @property
    def report(self) -> Path:
        """The HTML report."""
        return self.folder / "report.html"

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Hold the case; a second run gets `UserError` E152. A killed run lets go by itself."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("a")
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        with lock:
            _take(lock, self.folder)
            for left in self.folder.rglob(f"{_PART}*"):  # by a run that was killed
                left.unlink(missing_ok=True)
            yield

    def write(self, name: str, fill: Callable[[IO[bytes]], object]) -> Path:
        """Write ``name`` whole or not at all: into a temporary file first, then renamed."""
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_PART, delete=False) as part:
                try:
                    fill(part)
                    part.close()
                    Path(part.name).chmod(0o666 & ~_umask())  # as any file the user makes
                    os.replace(part.name, path)
                except BaseException:
                    Path(part.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            raise cannot_write(path, error) from error
        return path

    def write_json(self, name: str, plain: Any) -> Path:
        """Write plain data as JSON."""
        text = json.dumps(plain, indent=1, allow_nan=False) + "\n"
        return self.write(name, lambda part: part.write(text.encode()))

    def read_json(self, name: str) -> Any:
        """Read it back; None when it is not there. Raises `UserError` E105 when damaged."""
        path = self.folder / name
        return read_plain(path) if path.is_file() else None

    def write_arrays(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> Path:
        """Write arrays as one ``.npz``."""
        return self.write(name, lambda part: np.savez(part, **arrays))  # type: ignore[arg-type]

    def read_arrays(self, name: str) -> dict[str, NDArray[Any]] | None:
        """Read them back; None when they are not there. Never unpickles.

        Raises `UserError` E105 for a damaged file.
        """
        path = self.folder / name
        if not path.is_file():
            return None
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                return {key: stored[key] for key in stored.files}
        except _DAMAGED as error:
            raise UserError(
                "E105", f"cannot read '{path}'", where=str(path), why=str(error),
                fix="remove it and run the same command again: the rest is kept",
            ) from error  # fmt: skip


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _take(lock: IO[str], folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: an open file cannot be replaced there, which guards enough
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UserError(
            "E152",
            f"another run is using the case '{folder}'",
            where=str(folder),
            why="two runs would overwrite each other's trials",
            fix="wait for it, or give this run its own folder: --case DIR",
        ) from error


def cannot_write(path: Path, error: OSError, flag: str = "--case DIR") -> UserError:
    """The `UserError` for a full disk (E151) or a folder without write permission (E150).

    ``flag`` is what gives another place.
    """
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return UserError(
        "E151" if full else "E150",
        "the disk is full" if full else f"cannot write to '{path}'",
        where=str(path),
        why=os.strerror(error.errno) if error.errno else str(error),
        fix="free some space and run the same command again: what is done is kept"
        if full
        else f"give a place you may write to: {flag}",
    )
