"""Gradient accumulation that equals the big batch, whatever the sizes of its parts."""

import math

from torch import Tensor


class Accumulation:
    """Shares by which the mean losses of micro-batches add up to the mean loss of the big batch.

    Dividing each by the number of micro-batches, as most loops do, is right only when all have the
    same size: the rows of a short last one count for more. Here a micro-batch of m of the n rows
    counts m / n. The gradient is that of the big batch, but for rounding; not where rows meet in
    the model itself (a batch norm in training sees the micro-batch).

    Parameters
    ----------
    n : what the mean loss of the big batch divides by, above 0: its rows; its pixels; with class
        weights that `cross_entropy` divides by, the sum of its rows' weights

    Raises
    ------
    ValueError
        ``n`` is not above 0; on ``part`` too many rows.

    >>> import torch
    >>> w, rows = torch.zeros(1, requires_grad=True), torch.tensor([1.0, 2.0, 6.0])
    >>> accumulation = Accumulation(3)
    >>> for micro in rows.split(2):
    ...     accumulation.part((w * micro).mean(), len(micro)).backward()
    >>> w.grad, accumulation.complete  # the mean of all three; now clip and step
    (tensor([3.]), True)
    """

    def __init__(self, n: float) -> None:
        if not 0 < n < math.inf:
            raise ValueError(f"n must be above 0, the rows of the big batch, got {n}")
        self.n = n
        self.taken = 0.0

    @property
    def complete(self) -> bool:
        """Whether the parts so far make up the big batch; the next part then begins another."""
        return math.isclose(self.taken, self.n, rel_tol=1e-5)

    def part(self, loss: Tensor, m: float) -> Tensor:
        """The loss to call ``backward`` on: ``loss * m / n``.

        Parameters
        ----------
        loss : mean over the micro-batch, 0-d
        m : its rows (or weights), at least 0. One that weighs nothing, so that its mean is 0 / 0,
            must be left out

        Raises
        ------
        ValueError
            More rows than the big batch has left.
        """
        taken = (0.0 if self.complete else self.taken) + m
        if m < 0 or (taken > self.n and not math.isclose(taken, self.n, rel_tol=1e-5)):
            raise ValueError(
                f"a part of {m} after {taken - m} does not fit into a batch of {self.n}; give "
                "Accumulation the rows of all parts together"
            )
        self.taken = taken
        return loss * (m / self.n)
