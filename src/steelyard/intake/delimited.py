"""CSV and its relatives on disk."""

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from steelyard.core.errors import UserError
from steelyard.intake.dialect import Dialect, find_dialect, find_encoding
from steelyard.intake.packing import SAMPLE, damage_named, open_bytes

MISSING = ["", "NA", "N/A", "n/a", "NaN", "nan", "<NA>", "#N/A", "#NA"]
"""Cells that are missing. ``None`` and ``null`` are not among them: they may name a class."""

_LONGEST = 1 << 26  # bytes of the longest line that is still a table's
_WIDE = 1_000  # columns


@dataclass(frozen=True)
class DelimitedFile:
    """A text table. Raises `UserError` E107 when it is damaged, E108 when it is empty."""

    path: Path

    @cached_property
    def dialect(self) -> Dialect:
        """Found out from the first mebibyte."""
        encoding = find_encoding(self.sample)
        text = self.sample.decode(encoding, errors="replace")
        if not text.strip():
            raise UserError("E108", f"'{self.path.name}' is empty", where=str(self.path))
        return find_dialect(text, encoding)

    @cached_property
    def sample(self) -> bytes:
        """The first mebibyte, unpacked, and the lines it ends in."""
        with damage_named(self.path), open_bytes(self.path) as stream:
            return stream.read(SAMPLE) + b"".join(stream.readline(_LONGEST) for _ in range(3))

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names."""
        return self.dialect.columns

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found out and is not plain."""
        written, said = self.dialect, []
        if written.encoding not in ("utf-8", "utf-8-sig", "ascii"):
            said.append(f"read as {written.encoding}")
        if written.decimal == ",":
            said.append("decimal commas")
        if not written.header:
            said.append("the first line is data; the columns are named 'column 0', 'column 1' ...")
        return tuple(f"{self.path.name}: {text}" for text in said)

    def read(
        self,
        columns: list[str] | None = None,
        rows: int | None = None,
        text: Sequence[str] = (),
    ) -> pd.DataFrame:
        """All rows, or the first ``rows``, of all or some columns; those in ``text`` as text."""
        options = {"usecols": columns, "nrows": rows, "dtype": dict.fromkeys(text, str)}
        try:
            frame = self._parse(options)
        except UnicodeDecodeError:
            # the odd letter comes after the sample: ask the lines that have one
            self._settle(find_encoding(self._odd_lines()))
            try:
                frame = self._parse(options)
            except UnicodeDecodeError:
                self._settle("latin-1")  # knows every byte
                frame = self._parse(options)
        # a wide frame comes as one block a column, and everything after would crawl over them
        return frame.copy() if frame.shape[1] > _WIDE else frame

    def chunks(self, rows: int) -> Iterator[pd.DataFrame]:
        """The whole table, ``rows`` at a time; to be called after a `read`."""
        with self._named(), open_bytes(self.path) as stream:
            yield from pd.read_csv(stream, chunksize=rows, **self._options())

    def _parse(self, options: dict[str, Any]) -> pd.DataFrame:
        with self._named(), open_bytes(self.path) as stream:
            return pd.read_csv(stream, **self._options(), **options)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            with damage_named(self.path), warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)  # it would drop cells
                yield
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            line = re.search(r"line (\d+)", str(error))
            raise UserError(
                "E107",
                f"the lines of '{self.path.name}' do not fit together",
                where=f"{self.path}, line {line[1]}" if line else str(self.path),
                why=f"not all of them have {len(self.columns)} cells, as the first has",
                fix="mend it, or write the table again",
            ) from error

    def _options(self) -> dict[str, Any]:
        written = self.dialect
        return {
            "sep": written.separator,
            "decimal": written.decimal,
            "encoding": written.encoding,
            "header": 0 if written.header else None,
            "names": list(written.columns),
            "index_col": False,
            "skipinitialspace": True,  # "a, b": the space belongs to the comma
            "keep_default_na": False,
            "na_values": MISSING,
            "low_memory": False,
        }

    def _settle(self, encoding: str) -> None:
        self.__dict__["dialect"] = replace(self.dialect, encoding=encoding)

    def _odd_lines(self) -> bytes:
        with open_bytes(self.path) as stream:
            odd = (line for line in stream if not line.isascii())
            return b"".join(line for line, _ in zip(odd, range(200)))
