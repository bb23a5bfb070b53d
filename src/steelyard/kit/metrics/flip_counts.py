"""What changed between two models on the same rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.metrics.arrays import label_pair


@dataclass(frozen=True)
class Flips:
    """Rows by right and wrong, before and after.

    ``negative`` were right and are wrong now, ``positive`` were wrong and are right now.
    """

    negative: int
    positive: int
    both_right: int
    both_wrong: int
    n: int

    @property
    def net(self) -> int:
        """Rows gained less rows lost."""
        return self.positive - self.negative

    @property
    def negative_rate(self) -> float:
        """Negative flips as a share of all rows (NFR, Yan et al., CVPR 2021)."""
        return self.negative / self.n


def flips(target: ArrayLike, old: ArrayLike, new: ArrayLike) -> Flips:
    """Count negative and positive flips from the old to the new predictions.

    Parameters
    ----------
    target, old, new : (N,) class numbers 0..K-1

    Raises
    ------
    ValueError
        Shapes differ, or there are no rows.

    >>> flips([0, 0, 1, 1], old=[0, 1, 1, 0], new=[1, 0, 1, 0])
    Flips(negative=1, positive=1, both_right=1, both_wrong=1, n=4)
    """
    truth, before = label_pair(target, old)
    _, after = label_pair(target, new)
    was_right, is_right = before == truth, after == truth
    negative = int(np.count_nonzero(was_right & ~is_right))
    positive = int(np.count_nonzero(is_right & ~was_right))
    both_right = int(np.count_nonzero(was_right & is_right))
    both_wrong = truth.size - negative - positive - both_right
    return Flips(negative, positive, both_right, both_wrong, truth.size)
