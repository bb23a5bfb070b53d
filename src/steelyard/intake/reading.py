"""Read whatever PATH is."""

from pathlib import Path
from typing import Any

from steelyard.core.data import Data
from steelyard.core.errors import UserError
from steelyard.intake.arrays import read_npz
from steelyard.intake.sniff import Form, find_form, is_table
from steelyard.intake.tables import SPLIT_NAMES, read_tables


def read(
    path: str | Path,
    *,
    cache: Path,
    label: str | None = None,
    group: str | None = None,
    test: str | Path | None = None,
    sample: int | None = None,
    image_size: int | None = None,
    drop_unlabelled: bool = False,
    skip_unreadable: bool = False,
    keep_singletons: bool = False,
    random_state: int = 0,
) -> Data:
    """Read labelled data. Nothing is written beside the user's files, only into ``cache``.

    Parameters
    ----------
    path : a CSV (compressed or not) or Parquet table, an ``.npz`` with X and y, a folder of class
        folders (with or without train/val/test above them), a folder with train and test tables,
        a table that lists images, or a predictions file.
    cache : folder for decoded images; it must not lie inside ``path``.
    label, group : columns of a table. Without ``label`` an obvious one is taken and noted.
    test : more data of the same form, to be the test split.
    sample : read about this many rows or images; classes under 1000 are kept whole.
    image_size : side in pixels at which images are kept; from their median size when None.
    drop_unlabelled : leave out rows without a label instead of refusing them.
    skip_unreadable : leave out images that cannot be read instead of refusing them.
    keep_singletons : accept classes with one row.

    Raises
    ------
    UserError
        E101 to E153; the codes are listed in `steelyard.intake`.
    """
    path = Path(path).expanduser()
    form = find_form(path)
    _require_outside(cache, path)
    checks: dict[str, Any] = {
        "drop_unlabelled": drop_unlabelled,
        "keep_singletons": keep_singletons,
    }
    tests = [("test", Path(test).expanduser())] if test is not None else []
    if form is Form.NPZ:
        return read_npz(path, **checks)
    files = _split_tables(path) if form is Form.TABLES else [("train" if tests else "", path)]
    return read_tables(
        files + tests,
        name=path.name.split(".")[0],
        label=label,
        group=group,
        sample=sample,
        random_state=random_state,
        **checks,
    )


def _split_tables(folder: Path) -> list[tuple[str, Path]]:
    """train.csv, val.csv and test.csv of a folder, train first."""
    found = {
        SPLIT_NAMES[stem]: p
        for p in sorted(folder.iterdir())
        if is_table(p) and (stem := p.name.lower().split(".")[0]) in SPLIT_NAMES
    }
    return [(split, found[split]) for split in ("train", "val", "test") if split in found]


def _require_outside(cache: Path, path: Path) -> None:
    """`UserError` E153 when the cache would lie inside the user's data folder."""
    if path.is_dir() and cache.resolve().is_relative_to(path.resolve()):
        raise UserError(
            "E153",
            f"the case would be written inside the data '{path}'",
            where=str(cache),
            why="steelyard writes nothing into your data, and would read its own files next time",
            fix="--case DIR with a folder somewhere else",
        )
