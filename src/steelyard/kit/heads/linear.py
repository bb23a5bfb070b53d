"""The linear head, which can start from the frequencies of the classes."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from steelyard.kit.posthoc.logit_adjusted import log_frequencies


class LinearHead(nn.Linear):
    """``features (N, D) W^T + b``: torch's Linear, with a start for the bias.

    With ``counts`` the bias begins at ``log pi_k``, so that a network that knows nothing yet
    predicts the frequencies of the classes and its first steps do not go into learning them: the
    softmax form of Lin et al., Focal Loss, ICCV 2017, section 3.3. Leave it out where the loss
    knows the frequencies already (Balanced Softmax, logit-adjusted, LDAM).

    Parameters
    ----------
    n_features, n_classes : D, K
    counts : (K,) rows a class in training; None leaves torch's start. A class without rows counts
        as half a row

    Raises
    ------
    ValueError
        Counts that are not K finite numbers of at least 0, one above it.

    >>> head = LinearHead(5, 2, counts=[90, 10])
    >>> head(torch.zeros(1, 5)).softmax(dim=1)
    tensor([[0.9000, 0.1000]], grad_fn=<SoftmaxBackward0>)
    """

    def __init__(self, n_features: int, n_classes: int, *, counts: ArrayLike | None = None) -> None:
        super().__init__(n_features, n_classes)
        if counts is None:
            return
        rows = np.asarray(counts, dtype=np.float64)
        if rows.shape != (n_classes,) or not (np.isfinite(rows).all() and rows.min() >= 0):
            raise ValueError(
                f"counts must be the rows of each of the {n_classes} classes, got {counts!r}"
            )
        with torch.no_grad():
            self.bias.copy_(torch.as_tensor(log_frequencies(rows)))
