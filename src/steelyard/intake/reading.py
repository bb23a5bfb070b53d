"""Read whatever PATH is."""

from pathlib import Path
from typing import Any

from steelyard.core.data import Data
from steelyard.core.errors import UserError
from steelyard.intake.given_splits import SPLIT_NAMES
from steelyard.intake.image_data import image_column, read_folder, read_manifest
from steelyard.intake.npz import from_npz, load_npz
from steelyard.intake.predictions import (
    looks_like_predictions,
    read_predictions_npz,
    read_predictions_table,
)
from steelyard.intake.sniff import Form, find_form, is_table
from steelyard.intake.table_data import read_table
from steelyard.intake.tables import load, open_table


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
    path, form = Path(path).expanduser(), find_form(Path(path).expanduser())
    beside = None if test is None else Path(test).expanduser()
    _require_outside(cache, path)
    if beside is not None and find_form(beside) != form:
        raise _other_form(beside, form)
    checks: dict[str, Any] = {
        "name": path.resolve().name.split(".")[0] or "data",
        "drop_unlabelled": drop_unlabelled,
        "keep_singletons": keep_singletons,
    }
    sampling: dict[str, Any] = {"sample": sample, "random_state": random_state}
    imaging: dict[str, Any] = {
        "cache": cache,
        "image_size": image_size,
        "skip_unreadable": skip_unreadable,
    }
    if form in (Form.NPZ, Form.FOLDER):
        for option, given in (("--label", label), ("--group", group)):
            if given is not None:
                raise _needs_table(option, path, form)
    if form is Form.NPZ:
        return _read_npz(path, beside, **checks, **sampling)
    if form is Form.FOLDER:
        return read_folder(path, beside, **checks, **imaging, **sampling)
    files = _split_tables(path) if form is Form.TABLES else [("train" if beside else "", path)]
    files += [("test", beside)] if beside else []
    if looks_like_predictions(open_table(files[0][1]).columns):
        return read_predictions_table(path, label=label, name=checks["name"])
    loaded = load(files, label=label, **sampling)
    column = image_column(loaded.frame, files[0][1].parent)
    if column is not None:
        return read_manifest(loaded, column, group=group, **checks, **imaging)
    return read_table(loaded, group=group, **checks)


def _read_npz(path: Path, beside: Path | None, **options: Any) -> Data:
    stored = load_npz(path)
    if "proba" in stored or "logits" in stored:
        return read_predictions_npz(stored, path, name=options["name"])
    if beside is not None:
        stored |= {f"{key}_test": value for key, value in load_npz(beside).items()}
    return from_npz(stored, path, **options)


def _split_tables(folder: Path) -> list[tuple[str, Path]]:
    """train.csv, val.csv and test.csv of a folder, train first."""
    found = {
        SPLIT_NAMES[stem]: p
        for p in sorted(folder.iterdir())
        if is_table(p) and (stem := p.name.lower().split(".")[0]) in SPLIT_NAMES
    }
    return [(split, found[split]) for split in ("train", "val", "test") if split in found]


def _other_form(test: Path, form: Form) -> UserError:
    return UserError(
        "E119",
        f"'{test.name}' is no {form}",
        where=str(test),
        why="the test split must come in the same form as the data",
        fix=f"--test with a {form}",
    )


def _needs_table(option: str, path: Path, form: Form) -> UserError:
    folder = form is Form.FOLDER
    if option == "--label":
        fix = f"leave --label out: {'the sub-folders name' if folder else 'y holds'} the classes"
    elif folder:
        fix = "give a table with a column of image paths, the labels and the groups"
    else:
        fix = "store them beside X and y: numpy.savez(path, X=X, y=y, groups=groups)"
    return UserError(
        "E103",
        f"{option} needs a table",
        where=str(path),
        why=f"{'images in folders' if folder else 'arrays'} have no named columns",
        fix=fix,
    )


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
