"""Batches of P classes with M rows each."""

from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import IntArray
from steelyard.kit.samplers.draws import RowsByClass, deal
from steelyard.kit.samplers.shared_order import SharedOrder, Sharing


class RowsPerClassBatchSampler(SharedOrder[list[int]]):
    """A ``batch_sampler`` of a DataLoader: each batch holds M rows of each of P classes.

    Hermans et al., In Defense of the Triplet Loss, 2017, section 2 (there K rows of P classes).
    The classes of a batch are drawn without replacement, all as likely. The rows of a class come
    from a shuffled deck: no row twice in a batch, unless the class has fewer than M.

    Parameters
    ----------
    target : (N,) class numbers
    rows_per_class : M
    n_classes : P; None is every class that has rows
    n_batches : an epoch, all processes together; None is as many as N rows fill, at least one
    random_state, drop_last, rank, world_size : as in `SharedOrder`, whose items are batches

    Raises
    ------
    ValueError
        M below 1, or P above the number of classes.

    >>> batches = RowsPerClassBatchSampler([0, 0, 0, 0, 1, 1], rows_per_class=1)
    >>> [len(batch) for batch in batches]
    [2, 2, 2]
    """

    def __init__(
        self,
        target: ArrayLike,
        rows_per_class: int,
        *,
        n_classes: int | None = None,
        n_batches: int | None = None,
        **sharing: Unpack[Sharing],
    ) -> None:
        self.rows = RowsByClass(target)
        self.classes = np.flatnonzero(self.rows.counts)
        self.rows_per_class = rows_per_class
        self.n_classes = self.classes.size if n_classes is None else n_classes
        if rows_per_class < 1 or not 1 <= self.n_classes <= self.classes.size:
            raise ValueError(
                f"a batch must hold at least 1 row of each of 1..{self.classes.size} classes, got "
                f"rows_per_class={rows_per_class}, n_classes={self.n_classes}"
            )
        filled = max(1, self.rows.target.size // (self.n_classes * rows_per_class))
        super().__init__(filled if n_batches is None else n_batches, **sharing)

    def order(self, epoch: int) -> IntArray:
        rng = self.rng(epoch)
        draws = [
            rng.choice(self.classes, self.n_classes, replace=False) for _ in range(self.n_items)
        ]
        classes = np.concatenate(draws)
        hands = np.empty((classes.size, self.rows_per_class), dtype=np.int64)
        drawn = np.bincount(classes)
        dealt = [
            deal(self.rows[k], drawn[k], self.rows_per_class, rng)
            for k in np.flatnonzero(drawn).tolist()
        ]
        hands[np.argsort(classes, kind="stable")] = np.concatenate(dealt)
        return hands.reshape(self.n_items, -1)
