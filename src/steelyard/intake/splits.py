"""Splits: work and test once, folds inside work; stratified, and no unit on both sides."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steelyard.core.data import Data
from steelyard.intake.duplicates import repeats_naturally

Rows = NDArray[np.int64]

_FEW_TO_TEST = 60


def split_work_test(data: Data, random_state: int) -> tuple[Rows, Rows]:
    """Rows to work with and rows to test on, sorted.

    A given test split is kept as it is; rows of train and val that copy a test row are then left
    out of work, unless that would empty a class. Otherwise a quarter of the rows (a fifth from
    10,000 on; a third where the smallest class has under 60, or hardly a row of it could prove
    anything) becomes test: stratified, units whole, and a class of at least two units has a unit
    on both sides (where classes share units: as far as that goes).
    """
    given = data.split == "test"
    if given.any():
        work, test = np.flatnonzero(~given), np.flatnonzero(given)
        return _without_copies(data, work, test), test
    share = 0.25 if len(data.target) < 10_000 else 0.2
    if data.counts().min() < _FEW_TO_TEST:
        share = 1 / 3
    drawn = _draw(data.target, data.unit, share, np.random.default_rng(random_state))
    return np.flatnonzero(~drawn), np.flatnonzero(drawn)


def _without_copies(data: Data, work: Rows, test: Rows) -> Rows:
    if repeats_naturally(data.columns, len(data.target)):
        return work
    copied = np.isin(data.unit[work], data.unit[test])
    emptied = data.counts(work[~copied]) == 0
    return work[~copied | emptied[data.target[work]]]


def assign_folds(
    target: NDArray[np.int64], unit: NDArray[np.int64], n_folds: int, random_state: int
) -> NDArray[np.int64]:
    """Fold (N,) of each row: stratified by class, no unit in two folds.

    Classes are dealt from the rarest on, each unit to the fold that has fewest rows of the class
    so far, so a class with fewer units than folds has each in another fold.
    """
    if n_folds < 2:
        raise ValueError(f"n_folds is {n_folds}; it must be at least 2")
    rng = np.random.default_rng(random_state)
    units = _Units(target, unit, rng)
    fold = np.full(units.n, -1, dtype=np.int64)
    total = rng.permutation(n_folds) / n_folds  # below one row, so it only breaks ties
    for rows, members in units.by_class():
        dealt = fold[units.of_row[rows]]
        load = np.bincount(dealt[dealt >= 0], minlength=n_folds).astype(np.float64)
        large, single = units.large_and_single(members)
        for u in large[np.argsort(-units.weight[large], kind="stable")]:
            chosen = int(np.lexsort((total, load))[0])
            fold[u] = chosen
            load[chosen] += units.weight[u]
            total[chosen] += units.size[u]
        share = _level(load, total, single.size)
        fold[single] = np.repeat(np.arange(n_folds), share)
        total += share
    return fold[units.of_row]


def _level(load: NDArray[np.float64], total: NDArray[np.float64], m: int) -> Rows:
    """How many of ``m`` single rows each fold gets so that ``load`` becomes as even as can be."""
    ordered = np.sort(load)
    level = np.min((m + np.cumsum(ordered)) // np.arange(1, load.size + 1))
    share = np.maximum(0, level - load)
    rest = m - int(share.sum())
    share[np.lexsort((total + share, load + share))[:rest]] += 1
    return share.astype(np.int64)


def _draw(
    target: NDArray[np.int64], unit: NDArray[np.int64], share: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Mask (N,) of the rows drawn: about ``share`` of every class."""
    units = _Units(target, unit, rng)
    drawn = np.zeros(units.n, dtype=bool)
    for rows, members in units.by_class():
        if (units.of_row[rows] == units.of_row[rows[0]]).all():
            continue  # a class in one unit is worked with
        have = int(drawn[units.of_row[rows]].sum())
        need = max(1, round(share * rows.size)) - have
        large, single = units.large_and_single(members)
        for u in large:
            if units.weight[u] <= need:
                drawn[u] = True
                need -= units.weight[u]
        drawn[single[: max(0, need)]] = True
        if members.size and not have and not drawn[members].any():
            drawn[members[np.argmin(units.weight[members])]] = True
    return drawn[units.of_row]


class _Units:
    """Units in random order, each filed under the rarest of its classes.

    ``weight`` counts a unit's rows of that class, ``size`` all its rows.
    """

    def __init__(
        self, target: NDArray[np.int64], unit: NDArray[np.int64], rng: np.random.Generator
    ) -> None:
        self.of_row, names = pd.factorize(unit)
        self.n = len(names)
        self.size = np.bincount(self.of_row, minlength=self.n)
        counts = np.bincount(target)
        self._classes = [k for k in np.argsort(counts, kind="stable") if counts[k]]
        rank = np.argsort(np.argsort(counts, kind="stable"))[target]
        rarest = np.full(self.n, counts.size)
        np.minimum.at(rarest, self.of_row, rank)
        self.weight = np.bincount(self.of_row[rank == rarest[self.of_row]], minlength=self.n)
        self._rows = np.split(np.argsort(target, kind="stable"), np.cumsum(counts)[:-1])
        shuffled = rng.permutation(self.n)
        ordered = shuffled[np.argsort(rarest[shuffled], kind="stable")]
        ends = np.cumsum(np.bincount(rarest, minlength=counts.size))
        self._members = np.split(ordered, ends[:-1])[counts.size - len(self._classes) :]

    def by_class(self) -> Iterator[tuple[Rows, Rows]]:
        """For every class, rarest first: its rows, and the units filed under it."""
        for k, members in zip(self._classes, self._members):
            yield self._rows[k], members

    def large_and_single(self, members: Rows) -> tuple[Rows, Rows]:
        """Units of several rows, and units of one row."""
        several = self.size[members] > 1
        return members[several], members[~several]
