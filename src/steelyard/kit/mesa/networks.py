"""The networks of soft actor-critic for one action in [0, 1]: a squashed Gaussian and two Qs."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

LOG_STD_RANGE = (-5.0, 2.0)


def _layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, outputs),
    )


class SquashedGaussian(nn.Module):
    """The policy: ``mu = (tanh(u) + 1) / 2`` with u from a Gaussian that the state sets.

    Haarnoja et al., Soft Actor-Critic Algorithms and Applications, 2018, appendix C, moved from
    [-1, 1] to [0, 1].
    """

    def __init__(self, state_size: int, hidden: int) -> None:
        super().__init__()
        self.layers = _layers(state_size, hidden, 2)

    def forward(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of u, ``(N,)`` each, for states ``(N, S)``."""
        mean, log_std = self.layers(state).unbind(dim=1)
        return mean, log_std.clamp(*LOG_STD_RANGE).exp()

    def sample(self, state: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Actions ``(N,)`` in [0, 1] and the logarithm of their density; both have gradients."""
        mean, std = self(state)
        noise = torch.randn(mean.shape, generator=generator)
        return squashed(mean + std * noise), squashed_log_density(mean, std, noise)

    def mode(self, state: Tensor) -> Tensor:
        """Actions ``(N,)`` without chance: the squashed mean."""
        return squashed(self(state)[0])


def squashed(u: Tensor) -> Tensor:
    """From the real line to [0, 1]."""
    return (torch.tanh(u) + 1) / 2


def squashed_log_density(mean: Tensor, std: Tensor, noise: Tensor) -> Tensor:
    """Log density on [0, 1] of ``squashed(mean + std * noise)``, appendix C, equation 21."""
    u = mean + std * noise
    normal = -0.5 * noise**2 - std.log() - 0.5 * math.log(2 * math.pi)
    # log(1 - tanh(u)^2) without the loss of digits where tanh is near 1; and half of it for [0, 1]
    log_slope = 2 * (math.log(2) - u - softplus(-2 * u)) - math.log(2)
    return normal - log_slope


class TwinQ(nn.Module):
    """Two values of a state and an action; the smaller of them is believed (section 5)."""

    def __init__(self, state_size: int, hidden: int) -> None:
        super().__init__()
        self.first = _layers(state_size + 1, hidden, 1)
        self.second = _layers(state_size + 1, hidden, 1)

    def forward(self, state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """``(N,)`` each, for states ``(N, S)`` and actions ``(N,)``."""
        both = torch.cat([state, action[:, None]], dim=1)
        return self.first(both)[:, 0], self.second(both)[:, 0]

    def lower(self, state: Tensor, action: Tensor) -> Tensor:
        """The smaller of both, ``(N,)``."""
        return torch.minimum(*self(state, action))
