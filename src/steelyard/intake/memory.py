"""Memory: whether a table fits, asked before it is read."""

import os
from pathlib import Path

from steelyard.core.errors import UserError
from steelyard.intake.delimited import DelimitedFile
from steelyard.intake.packing import size_unpacked
from steelyard.intake.parquet import ParquetFile

TableFile = DelimitedFile | ParquetFile
_COPIES = 2.5
"""The frame, X and the largest temporary, in units of X."""

_GROWTH = 200
"""A file that would fit were it to grow this often is not looked into: short text in a
compressed column grows most."""


def available_bytes() -> int:
    """Memory a new program may take: what the machine has free, within the container's limit."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        found = [line for line in meminfo.read_text().splitlines() if "MemAvailable" in line]
        free = int(found[0].split()[1]) * 1024 if found else free
    group = Path("/sys/fs/cgroup")
    limit, used = group / "memory.max", group / "memory.current"
    if limit.is_file() and used.is_file() and (text := limit.read_text().strip()).isdigit():
        free = min(free, int(text) - int(used.read_text()))
    return max(0, free)


def estimated_bytes(table: TableFile) -> int:
    """Memory that reading and encoding the table takes, from its first rows."""
    columns = table.columns
    step = -(-len(columns) // 200)
    head = table.read(columns=list(columns[::step]), rows=1_000)
    rows = rows_estimated(table, len(head))
    if not len(head):
        return 0
    text = head.select_dtypes(exclude="number").memory_usage(deep=True, index=False).sum()
    return int(rows * (_COPIES * 8 * len(columns) + step * text / len(head)))


def rows_estimated(table: TableFile, head: int) -> int:
    """Rows of the table: counted in a Parquet footer, estimated for text."""
    if isinstance(table, ParquetFile):
        return table.rows
    sample = table.sample
    lines = max(1, sample.count(b"\n"))
    return max(head, int(size_unpacked(table.path) / (len(sample) / lines)))


def require_memory(table: TableFile, available: int | None = None) -> None:
    """`UserError` E140 when the table needs more memory than is free."""
    free = available_bytes() if available is None else available
    if table.path.stat().st_size * _GROWTH < free:
        return
    needed = estimated_bytes(table)
    if needed <= 0.9 * free:
        return
    rows = rows_estimated(table, 1)
    some = max(1_000, int(rows * 0.5 * free / needed))
    some = int(float(f"{some:.1g}"))
    raise UserError(
        "E140",
        f"'{table.path.name}' needs about {_gigabytes(needed)} of memory, "
        f"{_gigabytes(free)} are free",
        where=str(table.path),
        why=f"about {rows:,} rows of {len(table.columns):,} columns",
        fix=f"--sample {some} (keeps every row of classes under 1000)",
    )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.3g} GB"
