"""Batches of which none lacks a rare class."""

from collections.abc import Sequence
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from steelyard.core.errors import first_five
from steelyard.kit.metrics.arrays import IntArray
from steelyard.kit.samplers.draws import RowsByClass, deal
from steelyard.kit.samplers.shared_order import SharedOrder, Sharing


class RareClassGuard(SharedOrder[list[int]]):
    """A ``batch_sampler`` around a sampler: every batch holds ``min_rows`` rows of each rare class.

    A run of batches of one class collapses a training to the majority. The guard deals the
    sampler's rare rows to the batches first and fills up with the rest in the sampler's order. So
    an epoch holds the very rows that the sampler drew, as long as it drew enough rare ones; of a
    class with too few, all are dealt again and again, in place of the last rows of the order.

    Parameters
    ----------
    sampler : whose whole order is guarded; its own rank and drop_last do not matter
    target : (N,) class numbers of the sampler's rows
    batch_size : B, rows of a batch of one process
    rare : class numbers; None is every class that has rows: to guard a frequent one is free
    min_rows : of each rare class in each batch
    random_state, drop_last, rank, world_size : as in `SharedOrder`, whose items are batches. All
        batches have B rows; the last is filled up from the beginning of the order, or left out
        with drop_last

    Raises
    ------
    ValueError
        The rare classes do not fit into a batch, or one has no rows; at the first iteration:
        the sampler drew a row that ``target`` does not have.

    >>> from steelyard.kit.samplers import ShuffledSampler
    >>> target = [0] * 8 + [1]
    >>> [batch.count(8) for batch in RareClassGuard(ShuffledSampler(9), target, batch_size=3)]
    [1, 1, 1]
    """

    def __init__(
        self,
        sampler: SharedOrder[int],
        target: ArrayLike,
        batch_size: int,
        *,
        rare: Sequence[int] | None = None,
        min_rows: int = 1,
        **sharing: Unpack[Sharing],
    ) -> None:
        self.sampler, self.rows = sampler, RowsByClass(target)
        present = np.flatnonzero(self.rows.counts).tolist()
        self.rare = present if rare is None else sorted(set(rare))
        self.batch_size, self.min_rows = batch_size, min_rows
        absent = sorted(set(self.rare) - set(present))
        if absent:
            raise ValueError(f"no row of target is of the rare classes {first_five(absent)}")
        if min_rows < 1 or len(self.rare) * min_rows > batch_size:
            raise ValueError(
                f"min_rows={min_rows} of {len(self.rare)} classes must be at least 1 and fit into "
                f"batch_size={batch_size}; take larger batches or name fewer classes as rare"
            )
        n_batches = sampler.n_items / batch_size
        whole = np.floor(n_batches) if sharing.get("drop_last", False) else np.ceil(n_batches)
        super().__init__(int(whole), **sharing)

    def order(self, epoch: int) -> IntArray:
        rng = self.rng(epoch)
        drawn = np.resize(self.sampler.order(epoch), self.n_items * self.batch_size)
        if drawn.max() >= self.rows.target.size:
            raise ValueError(f"the sampler drew row {drawn.max()}, target ends before it")
        classes, free = self.rows.target[drawn], np.ones(drawn.size, dtype=bool)
        needed = self.n_items * self.min_rows
        hands = []
        for k in self.rare:
            own = np.flatnonzero(classes == k)
            free[own[:needed]] = False
            hands.append(
                drawn[own[:needed]].reshape(self.n_items, self.min_rows)
                if own.size >= needed
                else deal(self.rows[k], self.n_items, self.min_rows, rng)
            )
        space = self.batch_size - len(self.rare) * self.min_rows
        rest = drawn[free][: self.n_items * space].reshape(self.n_items, space)
        return rng.permuted(np.hstack([*hands, rest]), axis=1)

    def _identity(self) -> dict[str, int]:
        own = {"batch_size": self.batch_size, "min_rows": self.min_rows}
        inner = {"sampler_random_state": self.sampler.random_state}
        return {**super()._identity(), **own, **inner}
