"""Samplers that draw a class first and then one of its rows."""

from typing import Unpack

from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import FloatArray, IntArray
from steelyard.kit.samplers.draws import RowsByClass
from steelyard.kit.samplers.probabilities import (
    effective_number_probabilities,
    power_probabilities,
    progressively_balanced_probabilities,
)
from steelyard.kit.samplers.shared_order import SharedOrder, Sharing


class Drawing(Sharing, total=False):
    """What every sampler here takes besides its own arguments; `ClassSampler` explains them."""

    n_samples: int | None
    replacement: bool


class ClassSampler(SharedOrder[int]):
    """Draws classes by ``probabilities(epoch)``; what that is, the samplers below say.

    Parameters
    ----------
    target : (N,) class numbers
    n_samples : draws an epoch, all processes together; None is N
    replacement : True draws each row of a class as likely every time. False shuffles the rows of
        each class into a deck and deals all of it before a row comes again: the classes are drawn
        as before, rare rows still repeat, but all equally often, give or take once
    random_state, drop_last, rank, world_size : as in `SharedOrder`

    Raises
    ------
    ValueError
        ``target`` holds no class numbers.
    """

    def __init__(
        self,
        target: ArrayLike,
        *,
        n_samples: int | None = None,
        replacement: bool = True,
        **sharing: Unpack[Sharing],
    ) -> None:
        self.rows = RowsByClass(target)
        self.replacement = replacement
        super().__init__(self.rows.target.size if n_samples is None else n_samples, **sharing)

    def probabilities(self, epoch: int) -> FloatArray:
        """``(K,)``, how likely each class is to be drawn in the epoch."""
        raise NotImplementedError

    def order(self, epoch: int) -> IntArray:
        probabilities = self.probabilities(epoch)
        return self.rows.draw(self.n_items, probabilities, self.replacement, self.rng(epoch))


class PowerSampler(ClassSampler):
    """Classes by ``n_j ** q``, see `power_probabilities`; other arguments as `ClassSampler`.

    ``q=-1`` is the reversed sampler of BBN.
    """

    def __init__(self, target: ArrayLike, q: float, **drawing: Unpack[Drawing]) -> None:
        super().__init__(target, **drawing)
        self.q = q
        self._probabilities = power_probabilities(self.rows.counts, q)

    def probabilities(self, epoch: int) -> FloatArray:
        return self._probabilities


class ClassBalancedSampler(ClassSampler):
    """Every class as likely; arguments as `ClassSampler`. Kang et al. 2020, equation 1, q = 0.

    >>> len(ClassBalancedSampler([0, 0, 0, 1], n_samples=10, rank=0, world_size=2))
    5
    """

    def probabilities(self, epoch: int) -> FloatArray:
        return power_probabilities(self.rows.counts, 0)


class SquareRootSampler(ClassSampler):
    """Classes by ``sqrt(n_j)``; arguments as `ClassSampler`. Kang et al. 2020, eq. 1, q = 1/2."""

    def probabilities(self, epoch: int) -> FloatArray:
        return power_probabilities(self.rows.counts, 0.5)


class EffectiveNumberSampler(ClassSampler):
    """Rows by their class's effective-number weight, see `effective_number_probabilities`.

    ``beta`` in [0, 1]; other arguments as `ClassSampler`.
    """

    def __init__(self, target: ArrayLike, beta: float = 0.999, **drawing: Unpack[Drawing]) -> None:
        super().__init__(target, **drawing)
        self.beta = beta
        self._probabilities = effective_number_probabilities(self.rows.counts, beta)

    def probabilities(self, epoch: int) -> FloatArray:
        return self._probabilities


class ProgressivelyBalancedSampler(ClassSampler):
    """As the data are in epoch 0, every class alike in epoch ``n_epochs - 1`` and after.

    Kang et al. 2020, equation 2, with t the epoch from 0 and T the last one. Needs ``set_epoch``.
    Other arguments as `ClassSampler`.

    Raises
    ------
    ValueError
        ``n_epochs`` below 2.
    """

    def __init__(self, target: ArrayLike, n_epochs: int, **drawing: Unpack[Drawing]) -> None:
        if n_epochs < 2:
            raise ValueError(f"n_epochs must be at least 2, from own to balanced, got {n_epochs}")
        super().__init__(target, **drawing)
        self.n_epochs = n_epochs

    def probabilities(self, epoch: int) -> FloatArray:
        progress = min(1.0, epoch / (self.n_epochs - 1))
        return progressively_balanced_probabilities(self.rows.counts, progress)
