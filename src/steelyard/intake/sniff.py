"""What PATH is: looked at by content, not by its ending."""

from enum import StrEnum
from pathlib import Path

from steelyard.core.errors import UserError, did_you_mean
from steelyard.intake.given_splits import SPLIT_NAMES
from steelyard.intake.packing import damage_named, open_bytes


class Form(StrEnum):
    """The forms that data comes in."""

    DELIMITED = "text table"
    PARQUET = "Parquet table"
    NPZ = "npz arrays"
    FOLDER = "folder of images"
    TABLES = "folder of tables"


TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".data", ".dat", ".parquet", ".pq")
_PACKED = (".gz", ".bz2", ".xz", ".zip")
_FOREIGN = {
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"\xd0\xcf\x11\xe0": "an Excel file",
    b"%PDF": "a PDF",
    b"\x80\x04\x95": "a pickle, and reading one could run code",
    b"\x7fELF": "a program",
}


def find_form(path: Path) -> Form:
    """The form of what lies at ``path``.

    Raises
    ------
    UserError
        E101 nothing is there; E119 it is nothing steelyard reads; E108 it is empty.
    """
    require_path(path)
    if path.is_dir():
        return _form_of_folder(path)
    if path.stat().st_size == 0:
        raise UserError(
            "E108", f"'{path.name}' is empty", where=str(path), why="zero bytes",
            fix="export or copy it again",
        )  # fmt: skip
    with damage_named(path), path.open("rb") as stream:
        start = stream.read(4096)
    if start[:4] == b"PAR1":
        return Form.PARQUET
    if start[:4] == b"PK\x03\x04" and (b".npy" in start[:512]):
        return Form.NPZ
    foreign = next((what for magic, what in _FOREIGN.items() if start.startswith(magic)), "")
    if start[:4] == b"PK\x03\x04" and b"[Content_Types].xml" in start:
        foreign = "an Excel file"
    if not foreign:
        with damage_named(path), open_bytes(path) as stream:
            start = stream.read(4096)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" not in start:
            return Form.DELIMITED
    raise UserError(
        "E119",
        f"'{path.name}' is nothing that steelyard reads",
        where=str(path),
        why=f"it is {foreign or 'a binary file'}",
        fix="give a CSV or Parquet table, an .npz with X and y, or a folder of class folders",
    )


def require_path(path: Path) -> None:
    """`UserError` E101 with the closest name beside it, when nothing lies at ``path``."""
    try:
        if path.exists():
            path.stat()
            return
    except (OSError, ValueError) as error:  # a name too long, a loop of links, no permission
        raise UserError("E101", f"cannot look at '{path}'", where=str(path)) from error
    present = path.parent
    while not present.is_dir() and present != present.parent:
        present = present.parent
    missing = path.relative_to(present).parts[0] if path != present else path.name
    try:
        beside = [p.name for p in present.iterdir() if not p.name.startswith(".")]
    except OSError:
        beside = []
    raise UserError(
        "E101",
        f"there is no folder or file '{path}'",
        where=str(present / missing),
        fix=did_you_mean(missing, beside) or f"look into '{present}'",
    )


def is_table(path: Path) -> bool:
    """Whether the name ends like a table's."""
    name = path.name.lower()
    return any(name.endswith((end, *(end + packed for packed in _PACKED))) for end in TABLE_ENDINGS)


def _form_of_folder(path: Path) -> Form:
    try:
        entries = [p for p in path.iterdir() if not p.name.startswith(".")]
    except OSError as error:
        raise UserError(
            "E101", f"cannot look into '{path}'", where=str(path), why="no permission to read it"
        ) from error
    if not entries:
        raise UserError(
            "E108",
            f"the folder '{path.name}' is empty",
            where=str(path),
            fix="give a folder with one sub-folder of images per class",
        )
    tables = {p.name.lower().split(".")[0] for p in entries if p.is_file() and is_table(p)}
    folders = {p.name.lower() for p in entries if p.is_dir()}
    if "train" in tables and not folders & set(SPLIT_NAMES):
        return Form.TABLES
    return Form.FOLDER
