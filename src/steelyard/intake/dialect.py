"""How a text table is written: encoding, separator, decimal comma, header."""

import csv
import re
from collections import Counter
from dataclasses import dataclass

from charset_normalizer import from_bytes

from steelyard.intake.names import distinct_texts

_SEPARATORS = (",", ";", "\t", "|", r"\s+")
_LINES = 50
_ODD_WORD = re.compile(rb"[^\x00-\x40]*[\x80-\xff][^\x00-\x40]*")
_NUMBER = re.compile(r"\s*[-+]?[\d.]+(e[-+]?\d+)?\s*$", re.IGNORECASE)
_COMMA = re.compile(r"\s*[-+]?\d+,\d+\s*$")
_POINT = re.compile(r"\s*[-+]?\d+\.\d+\s*$")


@dataclass(frozen=True)
class Dialect:
    """How a text table is written; without ``header`` the first line is data already."""

    encoding: str
    separator: str
    decimal: str
    header: bool
    columns: tuple[str, ...]


def find_encoding(raw: bytes) -> str:
    """The encoding of the bytes; UTF-8 first, as nothing else looks like it by accident."""
    if raw[:3] == b"\xef\xbb\xbf":
        return "utf-8-sig"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        # what writes a comma in another way, such as UTF-16 without its mark, is no candidate
        matches = list(from_bytes(_odd_words(raw)))
        found = [m for m in matches if ",".encode(m.encoding) == b","]
        if not found:
            return "latin-1"
        best = found[0]
        ties = [m for m in matches if m.chaos == best.chaos and m.coherence == best.coherence]
        # a match stands for all encodings that read these bytes alike
        names = {name for m in ties for name in m.could_be_from_charset}
        return "cp1252" if "cp1252" in names else best.encoding
    return "utf-8"


def _odd_words(raw: bytes) -> bytes:
    """The words with letters beyond ASCII: digits and separators would hide the language."""
    return b" ".join(_ODD_WORD.findall(raw)[:10_000])


def find_dialect(text: str, encoding: str) -> Dialect:
    """The dialect of a table from its first lines, of which one must not be blank."""
    lines = [line for line in re.split(r"\r\n?|\n", text) if line.strip()][:_LINES]
    separator = max(_SEPARATORS, key=lambda s: _fit(_rows(lines, s), s))
    first, *rest = _rows(lines, separator)
    header = not _is_data(first, rest)
    names = [c.strip() or f"column {j}" for j, c in enumerate(first)]
    if not header:
        names = [f"column {j}" for j in range(len(first))]
    elif rest and Counter(map(len, rest)).most_common(1)[0][0] == len(first) + 1:
        names = ["row name", *names]  # as R writes it: the names of the rows have no header
    sample = [cell for row in rest for cell in row[:200]]
    commas, points = (sum(bool(p.match(c)) for c in sample) for p in (_COMMA, _POINT))
    decimal = "," if separator != "," and commas > points else "."
    return Dialect(encoding, separator, decimal, header, tuple(distinct_texts(names)))


def _rows(lines: list[str], separator: str) -> list[list[str]]:
    if separator == r"\s+":
        return [line.split() for line in lines]
    try:
        return list(csv.reader([f"{line}\n" for line in lines], delimiter=separator))
    except csv.Error:  # a whole wide line in one cell: not this separator
        return [[line] for line in lines]


def _fit(rows: list[list[str]], separator: str) -> tuple[float, int]:
    """The share of rows as wide as most, and that width; 0 when the header does not fit them."""
    width, often = max(Counter(map(len, rows)).items(), key=lambda item: (item[1], item[0]))
    share = often / len(rows)
    if len(rows[0]) < 2 or len(rows[0]) not in (width, width - 1):
        share = 0.0
    if separator == r"\s+":  # splits prose too, so it counts only where every line agrees
        return (float(share == 1), 0)
    return (round(share, 1), width)


def _is_data(first: list[str], rest: list[list[str]]) -> bool:
    """Whether the first line is no header: half of it numbers, and not 0, 1, 2 ... either."""
    numbers = [cell.strip() for cell in first if _NUMBER.match(cell)]
    if not rest or len(numbers) < max(1, len(first) / 2):
        return False
    start = int(numbers[0]) if numbers[0] in ("0", "1") else None
    return start is None or numbers != [str(start + j) for j in range(len(numbers))]
