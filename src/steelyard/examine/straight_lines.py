"""Rows on a straight line with two rows of their class: the trace that SMOTE leaves."""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.data import Data
from steelyard.core.exam import StraightLines

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

QUERIES, MOST_QUERIES, NEIGHBOURS = 100, 1500, 40
MOST_COLUMNS = 64
_SAMPLE = 2000  # rows that tell the columns' scale and which follow from others
_SIZES = 3e8  # numbers compared in the search for neighbours; about a second
STRAIGHT = 1e-5  # sine of an angle that is none
_FEWEST_ROWS = 10
_LATTICE = 64  # steps
_LARGEST = 1e100


def straight_lines(data: Data, random_state: int = 0) -> StraightLines | None:
    """Look for rows on a line with two of the nearest rows of their class.

    A synthetic row ``a + u (b - a)`` lies on a line with its parents and with all rows made of
    them. In three or more continuous columns no three measured rows do. Two things make lines
    without SMOTE and are not counted: rows on a lattice, which whole and rounded numbers are (there
    the distances along a line stand in the ratio of small whole numbers), and rows that differ
    in one or two columns only. What remains is measured among random rows of the class as well:
    there SMOTE leaves no trace, a class that is one line does.

    With given splits the rows of val and test are held against those of train, else a sample of
    rows against all others. At most 100 rows a class, 1,500 in all, and 64 columns are looked at.
    None for images, predictions, and fewer than two columns of numbers that do not follow from one
    another.
    """
    if data.kind not in ("table", "features"):
        return None
    rng = np.random.default_rng(random_state)
    sample = np.sort(rng.permutation(len(data.target))[:_SAMPLE])
    columns = _columns(data, sample)
    if columns.size < 2:
        return None
    held = np.isin(data.split, ("val", "test"))
    across = bool(held.any() and (data.split == "train").any())
    K = data.n_classes
    each = max(_FEWEST_ROWS, min(QUERIES, MOST_QUERIES // K))
    most = max(1000, int(_SIZES / (each * columns.size * K)))
    centre, scale = _scale(data, columns, sample)

    def numbers(rows: IntArray) -> FloatArray:
        found = _numbers(data, rows, columns)
        filled: FloatArray = np.where(np.isfinite(found), found - centre, 0.0) / scale
        return filled

    looked, near, chance = ([0] * K for _ in range(3))
    examples: list[str] = []
    for k in range(K):
        of_class = np.flatnonzero(data.target == k)
        asked = of_class[held[of_class]] if across else of_class
        known = of_class[data.split[of_class] == "train"] if across else of_class
        if min(asked.size, known.size) < _FEWEST_ROWS:
            continue
        asked = rng.permutation(asked)[:each]
        known = rng.permutation(known)[:most]
        reference = numbers(known)
        for row, x in zip(asked, numbers(asked)):
            away = reference - x
            distance = np.einsum("ij,ij->i", away, away)
            apart = np.flatnonzero(distance > 0)  # copies lie on every line
            m = min(NEIGHBOURS, apart.size)
            if m < 2:
                continue
            nearest = apart[np.argpartition(distance[apart], m - 1)[:m]]
            looked[k] += 1
            if on_a_line(away[nearest]):
                near[k] += 1
                examples.append(str(data.row_names[row]))
            few = min(m, max(2, apart.size // 10))  # else they would be the nearest once more
            chance[k] += on_a_line(away[rng.choice(apart, few, replace=False)])
    facts = (dict(zip(data.classes, counts)) for counts in (looked, near, chance))
    return StraightLines(*facts, across, tuple(examples[:5]))


def on_a_line(away: FloatArray) -> bool:
    """Whether two of the vectors ``away (M, D)``, none zero, lie on one line through the origin.

    Not counted are vectors with fewer than min(3, D) entries other than 0, and pairs whose lengths
    stand in a ratio of whole numbers up to 64: on a lattice all do.

    >>> on_a_line(np.array([[1.0, 2.0], [0.3, 0.6], [2.0, 1.0]]) * [1, np.pi])
    False
    >>> on_a_line(np.array([[1.0, 2.0], [0.3, 0.6], [2.0, 1.0]]) * np.c_[[1, np.pi, 1]])
    True
    """
    enough = np.count_nonzero(np.abs(away) > 1e-12, axis=1) >= min(3, away.shape[1])
    away = away[enough]
    if len(away) < 2:
        return False
    length = np.linalg.norm(away, axis=1)
    unit = away / length[:, None]
    i, j = np.triu_indices(len(away), 1)
    # 1 - cos loses what the sine keeps: candidates by the cosine, then the part across.
    cosine = (unit @ unit.T)[i, j]
    close = np.flatnonzero(np.abs(cosine) > 1 - 1e-9)
    i, j, sign = i[close], j[close], np.sign(cosine[close])
    across = np.linalg.norm(unit[i] - sign[:, None] * unit[j], axis=1)
    i, j = i[across < STRAIGHT], j[across < STRAIGHT]
    ratio = np.minimum(length[i], length[j]) / np.maximum(length[i], length[j])
    steps = ratio[:, None] * np.arange(1, _LATTICE + 1)
    off = np.abs(steps - np.round(steps)) > STRAIGHT * np.arange(1, _LATTICE + 1)
    return bool(off.all(axis=1).any())


def _columns(data: Data, rows: IntArray) -> IntArray:
    """The columns of numbers that follow from no others, at most 64, those of most values first."""
    numbers = np.flatnonzero(~data.categorical) if data.columns else np.arange(data.X.shape[1])
    sample = _numbers(data, rows, numbers)
    values = np.array([np.unique(column[np.isfinite(column)]).size for column in sample.T])
    most = np.argsort(-values, kind="stable")[:MOST_COLUMNS]
    most = most[values[most] > 1]
    if most.size < 2:
        return numbers[most]
    sample = sample[:, most]
    sample = np.nan_to_num(sample - np.nanmean(sample, axis=0))
    length = np.linalg.norm(sample, axis=0)
    sample /= np.where(length > 0, length, 1.0)
    from scipy.linalg import qr

    _, upper, pivot = qr(sample, mode="economic", pivoting=True)
    independent = np.abs(np.diag(upper)) > 1e-6
    return np.asarray(numbers[most[np.sort(pivot[: independent.size][independent])]])


def _numbers(data: Data, rows: IntArray, columns: IntArray) -> FloatArray:
    """Some cells in float64; NaN where there is no number, and no square that overflows."""
    found = np.asarray(data.X[rows][:, columns], dtype=np.float64)
    return np.clip(np.where(np.isfinite(found), found, np.nan), -_LARGEST, _LARGEST)


def _scale(data: Data, columns: IntArray, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """Centre and spread (D,) of the columns, from a sample."""
    sample = _numbers(data, rows, columns)
    centre, scale = np.nanmedian(sample, axis=0), np.nanstd(sample, axis=0)
    return centre, np.where(scale > 0, scale, 1.0)
