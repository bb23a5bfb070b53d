"""Stochastic weight averaging (SWA): the mean of all weights of the last part of a run."""

import torch
from torch import nn

from steelyard.kit.optim.exponential_average import ExponentialAverage


class StochasticAverage(ExponentialAverage):
    """A copy of the model that follows it at first, and is the mean of what comes after.

    Izmailov et al., Averaging Weights Leads to Wider Optima and Better Generalization, UAI 2018,
    algorithm 1: for a rate that stays high while weights are averaged, not one that has fallen to
    0. Here every step counts, not one an epoch, and batch-norm statistics are averaged with the
    weights, so that no pass over the data is needed at the end: that lags as the weights do, see
    `ExponentialAverage`. torch's own takes that pass (``torch.optim.swa_utils.update_bn``).

    Parameters
    ----------
    model : copied at once; then call ``update_parameters(model)`` after each optimiser step
    after : updates that only copy, at least 0
    device : of the copy; None is the model's

    Raises
    ------
    ValueError
        ``after`` below 0.

    >>> model = nn.Linear(1, 1, bias=False)
    >>> average = StochasticAverage(model, after=1)
    >>> for weight in (9.0, 1.0, 2.0, 6.0):
    ...     _ = nn.init.constant_(model.weight, weight)
    ...     average.update_parameters(model)
    >>> average.module.weight  # (1 + 2 + 6) / 3
    Parameter containing:
    tensor([[3.]])
    """

    def __init__(
        self, model: nn.Module, after: int = 0, *, device: int | torch.device | None = None
    ) -> None:
        if after < 0:
            raise ValueError(f"after must be >= 0 updates, got {after}")
        super().__init__(model, device=device)
        self.after = after

    def decay_now(self) -> float:
        """Share that the mean so far keeps in the next update."""
        n = int(self.n_averaged) - self.after
        return n / (n + 1) if n > 0 else 0.0
