"""CSV and its relatives: compression, encoding, separator, decimal comma and header found out."""

import bz2
import csv
import gzip
import lzma
import os
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import pandas as pd
from charset_normalizer import from_bytes

from steelyard.core.errors import UserError
from steelyard.intake.arrays import distinct_texts

_SAMPLE = 1 << 20  # bytes looked at to find out how a file is written
_WIDE = 1_000  # columns
_LONGEST = 1 << 26  # bytes of the longest line that is still a table's
_SEPARATORS = (",", ";", "\t", "|", r"\s+")
MISSING = ["", "NA", "N/A", "n/a", "NaN", "nan", "<NA>", "#N/A", "#NA"]
"""Cells that are missing. ``None`` and ``null`` are not among them: they may name a class."""


@dataclass(frozen=True)
class Dialect:
    """How a text table is written; ``header`` False means that the first line is data already."""

    encoding: str
    separator: str
    decimal: str
    header: bool
    columns: tuple[str, ...]


@dataclass(frozen=True)
class DelimitedFile:
    """A text table on disk. Reading raises `UserError` E107 when its lines do not fit together."""

    path: Path

    @cached_property
    def dialect(self) -> Dialect:
        """Found out from the first mebibyte."""
        raw = self.sample
        if not raw.strip():
            raise UserError("E108", f"'{self.path.name}' is empty", where=str(self.path))
        encoding = find_encoding(raw)
        return _dialect(raw.decode(encoding, errors="replace"), encoding, self.path)

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names."""
        return self.dialect.columns

    def read(self, columns: list[str] | None = None, rows: int | None = None) -> pd.DataFrame:
        """All rows, or the first ``rows``, of all or some columns."""
        frame = self._parse(columns, nrows=rows)
        # a wide frame comes as one block a column, and everything after would crawl over them
        return frame.copy() if frame.shape[1] > _WIDE else frame

    def chunks(self, columns: list[str] | None, rows: int) -> Iterator[pd.DataFrame]:
        """The table, ``rows`` at a time."""
        with open_bytes(self.path) as stream:
            reader = pd.read_csv(stream, **self._options(columns, self.dialect), chunksize=rows)
            yield from reader

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What was found out and is not plain."""
        d, said = self.dialect, []
        if d.encoding not in ("utf-8", "utf-8-sig", "ascii"):
            said.append(f"read as {d.encoding}")
        if d.decimal == ",":
            said.append("decimal commas")
        if not d.header:
            said.append("the first line is data: columns are named 'column 0', 'column 1' ...")
        return tuple(f"{self.path.name}: {text}" for text in said)

    def _parse(self, columns: list[str] | None, nrows: int | None) -> pd.DataFrame:
        try:
            return self._parse_as(columns, nrows, self.dialect)
        except UnicodeDecodeError:
            # the odd letter comes after the sample, so look at the lines that have one
            other = replace(self.dialect, encoding=find_encoding(self._odd_lines()))
            return self._parse_as(columns, nrows, other)

    def _parse_as(
        self, columns: list[str] | None, nrows: int | None, dialect: Dialect
    ) -> pd.DataFrame:
        try:
            with open_bytes(self.path) as stream:
                return pd.read_csv(stream, nrows=nrows, **self._options(columns, dialect))
        except (pd.errors.ParserError, EOFError, lzma.LZMAError, OSError) as error:
            line = re.search(r"line (\d+)", str(error))
            raise UserError(
                "E107",
                f"'{self.path.name}' cannot be read as a table",
                where=f"{self.path}" + (f", line {line[1]}" if line else ""),
                why="the line has another number of cells than the first"
                if line
                else "the file is cut off or damaged",
                fix="mend that line, or write the table again",
            ) from error

    def _options(self, columns: list[str] | None, dialect: Dialect) -> dict[str, Any]:
        names = list(dialect.columns)
        return {
            "sep": dialect.separator,
            "decimal": dialect.decimal,
            "encoding": dialect.encoding,
            "header": 0 if dialect.header else None,
            "names": names,
            "usecols": columns,
            "index_col": False,
            "keep_default_na": False,
            "na_values": MISSING,
            "low_memory": False,
        }

    @cached_property
    def sample(self) -> bytes:
        """The first mebibyte, unpacked, and the lines it ends in."""
        with open_bytes(self.path) as stream:
            return stream.read(_SAMPLE) + b"".join(stream.readline(_LONGEST) for _ in range(3))

    def _odd_lines(self) -> bytes:
        with open_bytes(self.path) as stream:
            odd = (line for line in stream if not line.isascii())
            return b"".join(line for line, _ in zip(odd, range(200)))


def open_bytes(path: Path) -> IO[bytes]:
    """The plain bytes of a file, whichever way its first bytes say it is compressed."""
    with path.open("rb") as plain:
        magic = plain.read(6)
    if magic[:2] == b"\x1f\x8b":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if magic[:3] == b"BZh":
        return bz2.open(path, "rb")  # type: ignore[return-value]
    if magic == b"\xfd7zXZ\x00":
        return lzma.open(path, "rb")  # type: ignore[return-value]
    if magic[:4] == b"PK\x03\x04":
        return _open_member(path)
    return path.open("rb")


def _open_member(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    members = [m for m in archive.namelist() if not m.endswith("/") and "__MACOSX" not in m]
    if len(members) == 1:
        return archive.open(members[0])
    archive.close()
    raise UserError(
        "E105",
        f"'{path.name}' holds {len(members)} files",
        where=str(path),
        why="only a single compressed table can be read as it is",
        fix="unpack it and give the folder",
    )


def find_encoding(raw: bytes) -> str:
    """The encoding of the bytes; UTF-8 first, as nothing else looks like it by accident."""
    if raw[:3] == b"\xef\xbb\xbf":
        return "utf-8-sig"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        best = from_bytes(raw).best()
        return best.encoding if best else "cp1252"
    return "utf-8"


def _dialect(text: str, encoding: str, path: Path) -> Dialect:
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    lines = lines[: max(2, 2_000_000 // max(1, len(lines[0])))]
    separator = max(_SEPARATORS, key=lambda s: _fit(lines, s))
    first, *rest = [_cells(line, separator) for line in lines]
    header = not _looks_like_data(first, rest)
    names = [c.strip() or f"column {j}" for j, c in enumerate(first)]
    if not header:
        names = [f"column {j}" for j in range(len(first))]
    sample = [cell for row in rest[:50] for cell in row[:200] if cell.strip()]
    commas = sum(bool(re.fullmatch(r"\s*-?\d+,\d+\s*", cell)) for cell in sample)
    points = sum(bool(re.fullmatch(r"\s*-?\d+\.\d+\s*", cell)) for cell in sample)
    decimal = "," if separator != "," and commas > points else "."
    return Dialect(encoding, separator, decimal, header, tuple(distinct_texts(names)))


def _cells(line: str, separator: str) -> list[str]:
    if separator == r"\s+":
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # a whole wide line in one cell: not this separator
        return [line]


def _fit(lines: list[str], separator: str) -> tuple[float, int]:
    """How well the lines fall into the same number of cells, at least two; then how many."""
    widths = Counter(len(_cells(line, separator)) for line in lines[:50])
    width, often = max(widths.items(), key=lambda item: (item[1], item[0]))
    share = often / sum(widths.values()) if width > 1 else 0.0
    # white space splits prose too, so it counts only where every line agrees
    if separator == r"\s+" and share < 1:
        share = 0.0
    return (round(share, 1), width if separator != r"\s+" else 0)


def _looks_like_data(first: list[str], rest: list[list[str]]) -> bool:
    """Whether the first line is no header: mostly numbers, and not 0, 1, 2 ... either."""
    numbers = [c.strip() for c in first if re.fullmatch(r"\s*-?[\d.]+(e-?\d+)?\s*", c)]
    if not rest or len(numbers) < max(1, len(first) / 2):
        return False
    counting = [str(j) for j in range(len(first) + 1)]
    return not (numbers == counting[: len(numbers)] or numbers == counting[1 : len(numbers) + 1])


def size_unpacked(path: Path) -> int:
    """Bytes of the file when unpacked, estimated from its first mebibyte."""
    size = os.path.getsize(path)
    with path.open("rb") as raw:
        magic = raw.read(4)
        raw.seek(0)
        opener = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}.get(magic[:2])
        if magic == b"PK\x03\x04":
            with zipfile.ZipFile(path) as archive:
                return sum(m.file_size for m in archive.infolist())
        if opener is None:
            return size
        with opener(raw, "rb") as stream:
            unpacked = len(stream.read(_SAMPLE))
        return int(size * unpacked / max(1, min(raw.tell(), size)))
