"""Labels: from the label column as written to class indices, with everything wrong named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.errors import UserError, did_you_mean, first_five
from steelyard.intake.label_text import natural, text_codes

CONTINUOUS = 20
"""More different values than this make numbers with fractions a quantity."""


@dataclass(frozen=True)
class Labels:
    """The rows whose label can be learnt.

    Attributes
    ----------
    rows : (n,) the rows kept, of those read.
    target : (n,) class index.
    classes : K names in natural order.
    split_labels : given split (``work`` when none was given) -> label as written -> rows.
    notes : what was left out, for people.
    """

    rows: NDArray[np.int64]
    target: NDArray[np.int64]
    classes: tuple[str, ...]
    split_labels: Mapping[str, Mapping[str, int]]
    notes: tuple[str, ...] = ()


def check_labels(
    values: Any,
    split: NDArray[np.str_],
    row_names: NDArray[np.str_],
    *,
    where: str = "",
    thing: str = "row",
    drop_unlabelled: bool = False,
    keep_singletons: bool = False,
) -> Labels:
    """Turn labels as written into class indices.

    Classes are those of the rows outside the given test split; test rows of any other class can
    never be predicted and are left out with a note (their texts stay in ``split_labels``).
    ``thing`` is what a row is called: ``row`` or ``image``.

    Raises
    ------
    UserError
        E110 one class; E111 empty labels; E112 no test row has a class of train; E113 classes
        with a single row; E115 a quantity or names instead of classes.
    """
    codes, texts = text_codes(values)
    written = _Written(codes, texts, split, where, thing)
    notes = []
    if (codes < 0).any():
        if not drop_unlabelled:
            raise written.unlabelled(row_names)
        notes.append(f"{written.counted((codes < 0).sum())} without a label left out")
    written.refuse_quantity(values)
    counts = np.bincount(codes[(codes >= 0) & (split != "test")], minlength=len(texts))
    known = sorted(np.flatnonzero(counts), key=lambda i: natural(texts[i]))
    written.refuse_few(counts, keep_singletons)
    single = [texts[i] for i in known if counts[i] == 1]
    if single:
        notes.append(
            f"trained on, but nothing can be said of classes with one {thing}: {first_five(single)}"
        )
    place = np.full(len(texts) + 1, -1, dtype=np.int64)
    place[known] = np.arange(len(known))
    target = place[codes]
    unseen = (target < 0) & (codes >= 0)
    if unseen.any():
        notes.append(written.unseen(unseen, (split == "test") & (target >= 0)))
    rows = np.flatnonzero(target >= 0)
    classes = tuple(texts[i] for i in known)
    return Labels(rows, target[rows], classes, written.by_split(), tuple(notes))


@dataclass(frozen=True)
class _Written:
    """Labels as written, coded into ``texts``, and what can be wrong with them."""

    codes: NDArray[np.int64]
    texts: list[str]
    split: NDArray[np.str_]
    where: str
    thing: str

    def counted(self, n: int) -> str:
        return f"{n} {self.thing}" + ("s" if n != 1 else "")

    def by_split(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for name in ("train", "val", "test", ""):
            here = self.codes[(self.split == name) & (self.codes >= 0)]
            counts = np.bincount(here, minlength=len(self.texts))
            if here.size:
                present = np.flatnonzero(counts)
                found[name or "work"] = {self.texts[i]: int(counts[i]) for i in present}
        return found

    def unlabelled(self, row_names: NDArray[np.str_]) -> UserError:
        empty = row_names[self.codes < 0]
        return UserError(
            "E111",
            f"{empty.size} of {self.codes.size} labels are empty",
            where=self.where,
            why=f"{self.thing}s {first_five(empty)}",
            fix="--drop-unlabelled leaves them out, or fill them in",
        )

    def refuse_quantity(self, values: Any) -> None:
        distinct, rows = len(self.texts), int((self.codes >= 0).sum())
        kind = pd.api.types.infer_dtype(pd.unique(pd.Series(values)), skipna=True)
        number = kind in ("floating", "integer", "mixed-integer-float", "decimal")
        fractions = number and any("." in text or "e" in text for text in self.texts)
        scattered = distinct > max(CONTINUOUS, rows / 2)
        if scattered or (fractions and distinct > min(CONTINUOUS, rows / 5)):
            what = "a continuous quantity" if number else "another text in almost every row"
            raise UserError(
                "E115",
                f"the label is {what}, not classes: {distinct} different values "
                f"in {self.counted(rows)}",
                where=self.where,
                why="steelyard treats classifiers; every class needs several rows",
                fix="--label COL with another column, or cut the numbers into classes first",
            )

    def refuse_few(self, counts: NDArray[np.int64], keep_singletons: bool) -> None:
        known = np.flatnonzero(counts)
        if known.size < 2:
            named = "".join(f", '{self.texts[i]}' ({self.counted(counts[i])})" for i in known)
            raise UserError(
                "E110",
                f"only one class{named}" if known.size else f"no {self.thing} to train on",
                where=self.where,
                why="a classifier needs at least two classes",
                fix="give a folder with one sub-folder per class"
                if self.thing == "image"
                else "--label COL with the column that holds the classes",
            )
        single = [self.texts[i] for i in known if counts[i] == 1]
        if single and not keep_singletons:
            share = f"{len(single)} of {known.size} classes"
            have = "has" if len(single) == 1 else "have"
            raise UserError(
                "E113",
                f"{share} {have} one {self.thing}: {first_five(single)}",
                where=self.where,
                why="it cannot be both trained on and tested",
                fix=f"add {self.thing}s, or --keep-singletons (trained on, reported as unknown)",
            )

    def unseen(self, lost: NDArray[np.bool_], left: NDArray[np.bool_]) -> str:
        """Of the test rows ``lost``, whose class train lacks; none may be ``left``: E112."""
        names = [self.texts[i] for i in np.unique(self.codes[lost])]
        what = f"test has {len(names)} classes that train lacks: {first_five(names)}"
        if not left.any():
            raise UserError(
                "E112",
                what,
                where=self.where,
                why=f"so no test {self.thing} can ever be predicted right",
                fix=did_you_mean(names[0], [t for t in self.texts if t not in names])
                or "give a test split with the classes of train",
            )
        return f"{what}; {self.counted(lost.sum())} left out of test, as none can be predicted"
