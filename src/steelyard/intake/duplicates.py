"""Exact duplicates: rows hashed by content, compared across splits, tied into units."""

import hashlib
import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from steelyard.core.data import Column, Duplicates

SPLITS = ("train", "val", "test")
_BLOCK = 4_000_000  # numbers hashed at a time; keeps the temporaries near 100 MB


def row_hashes(X: NDArray[np.floating]) -> NDArray[np.uint64]:
    """Hash (N,) of the content of each row of X (N, D); NaN equals NaN and -0.0 equals 0.0.

    Every number is mixed with the key of its column by splitmix64 (Steele, Lea and Flood 2014)
    and the row is their sum, so the hash is the same on every machine. Among a million different
    rows two collide with probability 3e-8.
    """
    N, D = X.shape
    keys = _mix(np.arange(1, D + 1, dtype=np.uint64))
    hashes = np.zeros(N, dtype=np.uint64)
    rows = max(1, _BLOCK // max(1, D))
    for start in range(0, N, rows):
        block = X[start : start + rows].astype(np.float64) + 0.0  # -0.0 + 0.0 is 0.0
        block[np.isnan(block)] = np.nan  # one bit pattern for every NaN
        hashes[start : start + rows] = _mix(block.view(np.uint64) ^ keys).sum(axis=1)
    return hashes


def bytes_hashes(X: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hash (N,) of the bytes of each entry of X (N, ...)."""
    digests = (hashlib.blake2b(np.ascontiguousarray(x), digest_size=8).digest() for x in X)
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


def find_duplicates(
    content: NDArray[np.uint64],
    target: NDArray[np.int64],
    split: NDArray[np.str_],
    row_names: NDArray[np.str_],
) -> Duplicates:
    """The facts about rows with equal ``content`` (N,)."""
    code, distinct = pd.factorize(content)
    if len(distinct) == len(code):
        return Duplicates()
    rows = {name: np.flatnonzero(split == name) for name in (*SPLITS, "")}
    within = sum(len(r) - len(np.unique(code[r])) for r in rows.values())
    labelled = np.unique(code * (target.max() + 1) + target) // (target.max() + 1)
    copies = {}
    for first, second in combinations(SPLITS, 2):
        copied = rows[second][np.isin(code[rows[second]], code[rows[first]])]
        if copied.size:
            copies[f"{first}|{second}"] = copied
    return Duplicates(
        across={pair: int(r.size) for pair, r in copies.items()},
        within=int(within),
        conflicting=int(np.count_nonzero(np.bincount(labelled) > 1)),
        examples={pair: tuple(map(str, row_names[r[:5]])) for pair, r in copies.items()},
        classes={pair: tuple(map(int, target[r])) for pair, r in copies.items()},
    )


def repeats_naturally(columns: Sequence[Column], rows: int) -> bool:
    """Whether the used columns have so few combinations that equal rows are no copies.

    >>> repeats_naturally([Column("sex", "category", distinct=2)], 100)
    True
    """
    used = [c for c in columns if c.role != "set-aside"]
    if not used or any(c.distinct == 0 for c in used):  # pixels and embeddings
        return False
    possible = sum(math.log(c.distinct + (c.missing > 0)) for c in used)
    return possible < math.log(10 * rows)


def tie_units(
    content: NDArray[np.uint64], group: NDArray[np.int64] | None, split: NDArray[np.str_]
) -> NDArray[np.int64]:
    """Unit (N,): rows of equal content or of one group, directly or through others, share one.

    ``group`` is -1 where unknown. A group that the user's own test split cuts in two stays cut.
    """
    code, distinct = pd.factorize(content)
    if group is None or (group < 0).all():
        return code.astype(np.int64)
    known = np.flatnonzero(group >= 0)
    side, _ = pd.factorize(group[known] * 2 + (split[known] == "test"))
    size = len(distinct) + int(side.max()) + 1
    edges = coo_array(
        (np.ones(known.size, dtype=bool), (code[known], side + len(distinct))), shape=(size, size)
    )
    _, component = connected_components(edges, directed=False)
    unit, _ = pd.factorize(component[code])
    return unit.astype(np.int64)
