"""Transitions that the agent has seen, the newest in place of the oldest."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from steelyard.kit.metrics.arrays import FloatArray


@dataclass(frozen=True)
class Batch:
    """``state (N, S)``, ``action (N,)``, ``reward (N,)``, ``next_state (N, S)``, ``end (N,)``.

    ``end`` is 1 where the episode is over and nothing follows, else 0.
    """

    state: Tensor
    action: Tensor
    reward: Tensor
    next_state: Tensor
    end: Tensor


class Replay:
    """Room for ``size`` transitions of states ``(state_size,)``."""

    def __init__(self, size: int, state_size: int) -> None:
        self._state = np.zeros((size, state_size), dtype=np.float32)
        self._next = np.zeros((size, state_size), dtype=np.float32)
        self._rest = np.zeros((size, 3), dtype=np.float32)  # action, reward, end
        self._seen = 0

    def __len__(self) -> int:
        return min(self._seen, len(self._rest))

    def add(
        self, state: FloatArray, action: float, reward: float, next_state: FloatArray, end: bool
    ) -> None:
        """Store one transition."""
        at = self._seen % len(self._rest)
        self._state[at], self._next[at] = state, next_state
        self._rest[at] = action, reward, end
        self._seen += 1

    def batch(self, n: int, rng: np.random.Generator) -> Batch:
        """``n`` transitions drawn with replacement."""
        at = rng.integers(0, len(self), n)
        rest = torch.from_numpy(self._rest[at])
        state, following = torch.from_numpy(self._state[at]), torch.from_numpy(self._next[at])
        return Batch(state, rest[:, 0], rest[:, 1], following, rest[:, 2])
