"""Soft actor-critic for one action in [0, 1], the agent of MESA.

Haarnoja et al., Soft Actor-Critic Algorithms and Applications, 2018, algorithm 1. MESA's published
code differs in ways that its paper does not: it multiplies the value of the next state by ``done``
instead of ``1 - done``, so that it never bootstraps where the episode goes on; it computes the
policy's loss before the critic's step and differentiates it after, which torch refuses since 1.5;
it lets one Adam make two steps for the two Qs; and its buffer starts with made-up transitions that
reward the actions .9, .5 and .1. Here are the papers' rules and nothing of that.
"""

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from steelyard.kit.mesa.networks import SquashedGaussian, TwinQ
from steelyard.kit.mesa.replay import Batch
from steelyard.kit.metrics.arrays import FloatArray


@dataclass(frozen=True)
class Rates:
    """How the agent learns; the names are explained in `MetaSampler`."""

    discount: float = 0.99
    learning_rate: float = 1e-3
    target_smoothing: float = 0.01
    temperature: float | None = None
    target_entropy: float = -1.0


def bootstrapped_target(reward: Tensor, end: Tensor, next_value: Tensor, discount: float) -> Tensor:
    """``reward + discount * (1 - end) * next_value``, ``(N,)``: equations 2 and 6.

    ``end`` is 1 where the ensemble is complete: no member follows, so no reward does.
    """
    return reward + discount * (1 - end) * next_value


class SoftActorCritic:
    """Policy, two Qs with slow copies, and a temperature that holds the policy's entropy.

    Its networks have a few thousand weights: a GPU would only wait, so it stays on the CPU.
    """

    def __init__(self, state_size: int, hidden: int, rates: Rates, seed: int) -> None:
        self.rates = rates
        with torch.random.fork_rng(devices=[]):  # initial weights from the seed, the rest untouched
            torch.manual_seed(seed)
            self.policy = SquashedGaussian(state_size, hidden)
            self.critic = TwinQ(state_size, hidden)
        self.slow_critic = copy.deepcopy(self.critic).requires_grad_(False)
        self.generator = torch.Generator().manual_seed(seed)
        start = 0.0 if rates.temperature is None else math.log(rates.temperature)
        self.log_temperature = torch.tensor(start, requires_grad=rates.temperature is None)
        rate = rates.learning_rate
        self._of_policy = list(self.policy.parameters())
        self._policy_steps = torch.optim.Adam(self._of_policy, rate, fused=True)
        self._critic_steps = torch.optim.Adam(self.critic.parameters(), rate, fused=True)
        self._temperature_steps = torch.optim.Adam([self.log_temperature], rate)

    @property
    def temperature(self) -> float:
        """What a unit of entropy is worth, in units of reward."""
        return math.exp(self.log_temperature.item())

    def act(self, state: FloatArray, explore: bool = False) -> float:
        """An action for a state ``(S,)``: the policy's centre, or a draw from it."""
        asked = torch.as_tensor(np.asarray(state), dtype=torch.float32)[None]
        with torch.no_grad():
            if explore:
                return self.policy.sample(asked, self.generator)[0].item()
            return self.policy.mode(asked).item()

    def update(self, batch: Batch) -> None:
        """One step of the critic, then of the policy, the temperature and the slow critic."""
        self._learn_values(batch)
        log_density = self._learn_actions(batch)
        if self.rates.temperature is None:  # equation 18
            excess = log_density.mean() + self.rates.target_entropy
            self._temperature_steps.zero_grad()
            torch.autograd.backward(-self.log_temperature * excess)
            self._temperature_steps.step()
        with torch.no_grad():
            for slow, fast in zip(self.slow_critic.parameters(), self.critic.parameters()):
                slow.lerp_(fast, self.rates.target_smoothing)

    @torch.no_grad()
    def targets(self, batch: Batch) -> Tensor:
        """What both Qs should say, ``(N,)``: `bootstrapped_target` of the soft value."""
        action, log_density = self.policy.sample(batch.next_state, self.generator)
        value = self.slow_critic.lower(batch.next_state, action) - self.temperature * log_density
        return bootstrapped_target(batch.reward, batch.end, value, self.rates.discount)

    def _learn_values(self, batch: Batch) -> None:
        target = self.targets(batch)
        first, second = self.critic(batch.state, batch.action)
        loss = ((first - target) ** 2 + (second - target) ** 2).mean() / 2  # equation 5, both
        self._critic_steps.zero_grad()
        torch.autograd.backward(loss)
        self._critic_steps.step()

    def _learn_actions(self, batch: Batch) -> Tensor:
        """Equation 9; the log densities ``(N,)`` of the actions, without gradient."""
        action, log_density = self.policy.sample(batch.state, self.generator)
        loss = (self.temperature * log_density - self.critic.lower(batch.state, action)).mean()
        self._policy_steps.zero_grad()
        torch.autograd.backward(loss, inputs=self._of_policy)  # through the critic, none left there
        self._policy_steps.step()
        return log_density.detach()
