"""Samplers that know no classes: a plain shuffle, and rows drawn by their weights."""

from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import IntArray
from steelyard.kit.samplers.draws import draw_by_weight
from steelyard.kit.samplers.shared_order import SharedOrder, Sharing


class ShuffledSampler(SharedOrder[int]):
    """Every row once an epoch, as `torch.utils.data.DistributedSampler`, but resumable.

    Parameters
    ----------
    n_rows : rows of the data set
    random_state, drop_last, rank, world_size : as in `SharedOrder`

    >>> sorted(ShuffledSampler(5))
    [0, 1, 2, 3, 4]
    """

    def __init__(self, n_rows: int, **sharing: Unpack[Sharing]) -> None:
        super().__init__(n_rows, **sharing)

    def order(self, epoch: int) -> IntArray:
        return self.rng(epoch).permutation(self.n_items)


class WeightedSampler(SharedOrder[int]):
    """Rows drawn by weights, as `torch.utils.data.WeightedRandomSampler`, but distributed.

    Parameters
    ----------
    weights : (N,) of the rows, >= 0, in any scale; a row of weight 0 is never drawn
    n_samples : draws an epoch, all processes together; None is N
    replacement : True draws every time from all rows. False draws from the rows that are left,
        so ``n_samples`` of N makes only the *order* uneven: the heavy rows come first
    random_state, drop_last, rank, world_size : as in `SharedOrder`

    Raises
    ------
    ValueError
        Weights that are none, or more draws without replacement than rows that have weight.

    >>> list(WeightedSampler([0.0, 1.0, 0.0], n_samples=4))
    [1, 1, 1, 1]
    """

    def __init__(
        self,
        weights: ArrayLike,
        *,
        n_samples: int | None = None,
        replacement: bool = True,
        **sharing: Unpack[Sharing],
    ) -> None:
        self.weights = np.asarray(weights, dtype=np.float64)
        if self.weights.ndim != 1 or not (
            np.isfinite(self.weights.sum()) and (self.weights >= 0).all() and self.weights.any()
        ):
            raise ValueError(
                f"weights must be (N,), finite and >= 0 with some above 0, got shape "
                f"{self.weights.shape}"
            )
        super().__init__(self.weights.size if n_samples is None else n_samples, **sharing)
        drawable = np.count_nonzero(self.weights)
        if not replacement and self.n_items > drawable:
            raise ValueError(
                f"{self.n_items} draws without replacement from {drawable} rows that have weight"
            )
        self.replacement = replacement

    def order(self, epoch: int) -> IntArray:
        return draw_by_weight(self.weights, self.n_items, self.replacement, self.rng(epoch))
