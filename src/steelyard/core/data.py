"""Data: what intake read, whatever it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["table", "images", "features", "predictions"]


@dataclass(frozen=True)
class Column:
    """One column of a table and what became of it.

    ``role`` is ``number``, ``category``, ``boolean`` or ``set-aside``; ``why`` says why it was set
    aside (``date``, ``free text``, ``id-like``, ``constant``, ``empty`` …). ``categories`` holds
    the category texts in the order of their codes.
    """

    name: str
    role: str
    why: str = ""
    missing: int = 0
    distinct: int = 0
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Duplicates:
    """Rows or images with identical content.

    Attributes
    ----------
    across : for a pair of given splits such as ``train|test``, how many rows of the second have a
        copy in the first.
    within : rows that repeat an earlier row of the same split.
    conflicting : groups of identical rows that carry different labels.
    examples : for a pair of splits, a few row names of the second split.
    classes : for a pair of splits, the class index of each copied row of the second split.
    """

    across: Mapping[str, int] = field(default_factory=dict)
    within: int = 0
    conflicting: int = 0
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    classes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Data:
    """Labelled rows, all splits together.

    Attributes
    ----------
    X : float array (N, D) for ``table`` (categories as their codes, missing as NaN) and
        ``features``; uint8 array or memory map (N, H, W, 3) for ``images``; probabilities (N, K)
        for ``predictions``.
    target : (N,) class index.
    split : (N,) ``train``, ``val`` or ``test`` as the user gave it, ``""`` where not given.
    unit : (N,) integer; rows of one unit (same group, same content) never straddle splits.
    row_names : (N,) file names of images or row numbers of tables, for people.
    split_labels : label text as written -> rows, for every given split (raw, unmerged).
    fingerprint : hash of content and labels; the same data has the same fingerprint.
    weighted_proba : (N, K) for ``predictions``: of the same model trained with class weights.
    """

    name: str
    kind: Kind
    X: Any
    target: NDArray[np.int64]
    classes: tuple[str, ...]
    split: NDArray[np.str_]
    unit: NDArray[np.int64]
    row_names: NDArray[np.str_]
    fingerprint: str
    source: str = ""
    label_name: str = ""
    columns: tuple[Column, ...] = ()
    duplicates: Duplicates | None = None
    split_labels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    weighted_proba: NDArray[np.float64] | None = None

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.classes)

    @property
    def used_columns(self) -> tuple[Column, ...]:
        """The columns that became columns of ``X``, in the same order."""
        return tuple(c for c in self.columns if c.role != "set-aside")

    @property
    def categorical(self) -> NDArray[np.bool_]:
        """(D,) which columns of a table's ``X`` hold category codes."""
        return np.array([c.role == "category" for c in self.used_columns], dtype=bool)

    def counts(self, rows: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """(K,) rows per class, over ``rows`` (all when None)."""
        target = self.target if rows is None else self.target[rows]
        counts: NDArray[np.int64] = np.bincount(target, minlength=self.n_classes)
        return counts
