"""Folders of class folders: which files are images of which class and split."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steelyard.core.errors import UserError, first_five
from steelyard.intake.given_splits import SPLIT_NAMES
from steelyard.intake.sniff import is_table

ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".webp"),
    *(".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".ico", ".jp2", ".avif"),
)


@dataclass(frozen=True)
class Listing:
    """Image files with their class and split as the folders say, in a fixed order."""

    files: tuple[Path, ...]
    labels: tuple[str, ...]
    splits: tuple[str, ...]
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def but(self, rows: list[int]) -> "Listing":
        """Only these rows."""
        return Listing(
            tuple(self.files[i] for i in rows),
            tuple(self.labels[i] for i in rows),
            tuple(self.splits[i] for i in rows),
            tuple(self.names[i] for i in rows),
            self.notes,
        )


@dataclass
class _Ignored:
    hidden: int = 0
    other: int = 0
    broken: int = 0
    loops: int = 0

    def notes(self) -> list[str]:
        counted = {
            "hidden files": self.hidden,
            "files that are no images": self.other,
            "links that lead nowhere": self.broken,
            "links that lead round in a circle": self.loops,
        }
        return [f"{n} {what} ignored" for what, n in counted.items() if n]


def list_folder(folder: Path, given: str = "") -> Listing:
    """The images of ``folder``: of its train, val and test folders if it has them.

    Links to files and folders are followed; hidden files and files that are not named like images
    are counted in a note. ``given`` is the split of a folder without split folders.

    Raises
    ------
    UserError
        E119 when there are images but no class folders; E108 when there are no images.
    """
    ignored = _Ignored()
    folders = _subfolders(folder, ignored)
    splits = {p: SPLIT_NAMES[p.name.lower()] for p in folders if p.name.lower() in SPLIT_NAMES}
    notes: list[str] = []
    rows: list[tuple[str, str, Path]] = []
    if not given and _has_splits(splits, folders):
        for part, split in splits.items():
            found = [(split, label, p) for label, p in _class_files(part, ignored)]
            if not found:
                notes.append(f"'{part.name}' has no class folders with images: ignored")
            rows += found
        unused = [p.name for p in folders if p not in splits]
        if unused:
            notes.append(f"beside train and test the folder {first_five(unused)} was ignored")
    else:
        rows = [(given, label, p) for label, p in _class_files(folder, ignored)]
    if not rows or (len({label for _, label, _ in rows}) == 1 and _tables_in(folder)):
        raise _no_classes(folder, bool(rows))
    order = {"train": 0, "val": 1, "test": 2, "": 3}
    rows.sort(key=lambda row: (order[row[0]], str(row[2].relative_to(folder))))
    names = [readable(row[2].relative_to(folder).as_posix()) for row in rows]
    return Listing(
        tuple(row[2] for row in rows),
        tuple(readable(row[1]) for row in rows),
        tuple(row[0] for row in rows),
        tuple(names),
        tuple(notes + ignored.notes()),
    )


def readable(name: str) -> str:
    """A file name that can be printed, even where its bytes are no UTF-8."""
    return os.fsencode(name).decode("utf-8", errors="replace")


def files_in(folder: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Every image below ``folder`` and its name from there. Raises `UserError` E108 for none."""
    files = tuple(_walk(folder, _Ignored(), (folder.resolve(),)))
    if not files:
        raise UserError("E108", f"no images in '{folder.name}'", where=str(folder))
    return files, tuple(readable(p.relative_to(folder).as_posix()) for p in files)


def _subfolders(folder: Path, ignored: _Ignored) -> list[Path]:
    folders = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__MACOSX")):
            ignored.hidden += path.is_file()
        elif path.is_dir():
            folders.append(path)
        elif path.is_symlink() and not path.exists():
            ignored.broken += 1
        else:
            ignored.other += 1
    return folders


def _class_files(folder: Path, ignored: _Ignored) -> Iterator[tuple[str, Path]]:
    """(class, image file) of every class folder inside ``folder``, however deep."""
    for part in sorted(p for p in folder.iterdir() if p.is_dir() and not _is_hidden(p.name)):
        for path in _walk(part, ignored, (part.resolve(),)):
            yield part.name, path


def _walk(folder: Path, ignored: _Ignored, above: tuple[Path, ...]) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda e: e.name)
    for entry in listed:
        path = Path(entry.path)
        if _is_hidden(entry.name):
            ignored.hidden += 1
        elif entry.is_dir():
            real = path.resolve()
            if entry.is_symlink() and any(a.is_relative_to(real) for a in above):
                ignored.loops += 1
            else:
                yield from _walk(path, ignored, (*above, real))
        elif not entry.is_file():
            ignored.broken += 1
        elif is_image_name(entry.name) or (not path.suffix and _starts_like_image(path)):
            yield path
        else:
            ignored.other += 1


def is_image_name(name: str) -> bool:
    """Whether the name ends like an image's."""
    return name.lower().endswith(ENDINGS)


def _starts_like_image(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(12)
    return start.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")) or (
        start[:4] == b"RIFF" and start[8:] == b"WEBP"
    )


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _has_splits(splits: dict[Path, str], folders: list[Path]) -> bool:
    """A class may be called 'train' too: split folders have folders in them, and stand alone."""
    train = [path for path, split in splits.items() if split == "train"]
    alone = len(folders) <= len(splits) + 1
    return alone and any(p.is_dir() for path in train for p in path.iterdir())


def _tables_in(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_file() and is_table(p))


def _no_classes(folder: Path, found: bool) -> UserError:
    tables = _tables_in(folder)
    loose = sum(p.is_file() and is_image_name(p.name) for p in folder.iterdir())
    if tables:
        fix = f"give the table that holds the labels: '{tables[0]}'"
    else:
        fix = "put the images of each class into a folder named like the class"
    if loose or found:
        return UserError(
            "E119",
            f"the images in '{folder.name}' are not in class folders",
            where=str(folder),
            why="nothing says which class an image is of",
            fix=fix,
        )
    return UserError("E108", f"no images in '{folder.name}'", where=str(folder), fix=fix)
