"""Parquet, by pyarrow, which is an extra."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from steelyard.core.errors import UserError


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet table on disk. Raises `UserError` E106 without pyarrow, E107 when damaged."""

    path: Path
    notes: tuple[str, ...] = ()

    @cached_property
    def _file(self) -> Any:
        try:
            import pyarrow.parquet
        except ImportError as error:
            raise UserError(
                "E106",
                f"reading '{self.path.name}' needs pyarrow",
                where=str(self.path),
                why="Parquet is an extra",
                fix="pip install 'steelyard[big]', or give the table as CSV",
            ) from error
        with self._named():
            return pyarrow.parquet.ParquetFile(self.path)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name damage, which shows when the footer is read or not before the cells are."""
        from pyarrow import ArrowException

        try:
            yield
        except (ArrowException, OSError, UnicodeDecodeError) as error:
            raise UserError(
                "E107",
                f"'{self.path.name}' cannot be read as a Parquet table",
                where=str(self.path),
                why="the file is cut off or damaged",
                fix="write it again",
            ) from error

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._file.schema_arrow.names)

    @property
    def rows(self) -> int:
        """How many, from the footer."""
        return int(self._file.metadata.num_rows)

    def read(
        self,
        columns: list[str] | None = None,
        rows: int | None = None,
        text: Sequence[str] = (),
    ) -> pd.DataFrame:
        """All rows, or the first ``rows``, of all or some columns; their types are in the file."""
        with self._named():
            if rows is None:
                return self._file.read(columns=columns).to_pandas(ignore_metadata=True)
            batches = self._file.iter_batches(batch_size=rows, columns=columns)
            return next((b.to_pandas() for b in batches), pd.DataFrame(columns=list(self.columns)))

    def chunks(self, rows: int) -> Iterator[pd.DataFrame]:
        """The whole table, ``rows`` at a time."""
        with self._named():
            for batch in self._file.iter_batches(batch_size=rows):
                yield batch.to_pandas()
