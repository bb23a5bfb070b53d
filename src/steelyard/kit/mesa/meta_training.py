"""Meta-training: the agent grows ensemble after ensemble and learns what its actions brought."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from steelyard.kit.mesa.cascade import Cascade
from steelyard.kit.mesa.replay import Replay
from steelyard.kit.mesa.soft_actor_critic import SoftActorCritic
from steelyard.kit.mesa.two_classes import TwoClasses
from steelyard.kit.metrics.arrays import FloatArray


class Environment(Protocol):
    """Episodes of states ``(S,)``, actions in [0, 1] and rewards."""

    def reset(self) -> FloatArray:
        """Begin an episode: its first state."""

    def step(self, action: float) -> tuple[FloatArray, float, bool]:
        """The next state, the reward, and whether the episode is over."""


@dataclass(frozen=True)
class Schedule:
    """Steps with actions at random, then steps with the agent's own and an update each."""

    random_steps: int = 500
    update_steps: int = 1000
    batch_size: int = 64
    buffer_size: int = 1000
    reward_scale: float = 100.0


def meta_train(
    agent: SoftActorCritic,
    environment: Environment,
    schedule: Schedule,
    rng: np.random.Generator,
) -> list[float]:
    """Liu et al., NeurIPS 2020, algorithm 3; the rewards' sum of each finished episode."""
    state = environment.reset()
    replay = Replay(schedule.buffer_size, len(state))
    returns, total = [], 0.0
    for step in range(schedule.random_steps + schedule.update_steps):
        learning = step >= schedule.random_steps
        action = agent.act(state, explore=True) if learning else float(rng.random())
        following, reward, end = environment.step(action)
        replay.add(state, action, reward * schedule.reward_scale, following, end)
        total += reward
        if learning:
            agent.update(replay.batch(schedule.batch_size, rng))
        state = following
        if end:
            returns.append(total)
            state, total = environment.reset(), 0.0
    return returns


class CascadeEnvironment:
    """Section 3.3: an episode is one ensemble of ``n_members``, a step one more member.

    The first member is drawn without an action, so an episode has ``n_members - 1`` steps. The
    reward is the gain in the validation score, so that an episode's sum is the finished ensemble's
    score less the first member's.
    """

    def __init__(
        self,
        table: TwoClasses,
        rng: np.random.Generator,
        *,
        n_members: int,
        bins: int,
        progress: bool,
        sigma: float,
        score: Callable[[Any, Any], float],
    ) -> None:
        self._table, self._rng, self._score = table, rng, score
        self._n_members, self._bins, self._sigma = n_members, bins, sigma
        self._share_of = n_members if progress else None
        self.final_scores: list[float] = []

    def reset(self) -> FloatArray:
        """A new ensemble of one member."""
        self._cascade = Cascade(self._table, self._rng, self._sigma)
        self._cascade.grow(None)
        self._reached = self._cascade.score(self._score)
        return self._cascade.state(self._bins, self._share_of)

    def step(self, action: float) -> tuple[FloatArray, float, bool]:
        """One more member, of rows drawn around ``action``."""
        self._cascade.grow(action)
        before, self._reached = self._reached, self._cascade.score(self._score)
        end = self._cascade.size >= self._n_members
        if end:
            self.final_scores.append(self._reached)
        return self._cascade.state(self._bins, self._share_of), self._reached - before, end
