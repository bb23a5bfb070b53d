"""One order an epoch, dealt to the processes of a distributed run; all samplers here are one."""

from collections.abc import Iterator
from operator import length_hint
from typing import TypedDict, TypeVar

import numpy as np
import torch.distributed
from torch.utils.data import Sampler

from steelyard.kit.metrics.arrays import IntArray

T_co = TypeVar("T_co", covariant=True)


class Sharing(TypedDict, total=False):
    """What every sampler takes besides its own arguments; `SharedOrder` explains them."""

    random_state: int
    drop_last: bool
    rank: int | None
    world_size: int | None


class SharedOrder(Sampler[T_co]):
    """An order of rows, or of batches of rows, that all processes of a run share.

    Process ``rank`` of ``world_size`` gets items ``rank, rank + world_size, ...`` of the order,
    as with `torch.utils.data.DistributedSampler`: no place of the order goes to two processes.
    An order that does not divide is filled up from its beginning, or cut with ``drop_last``.
    The order depends on ``random_state`` and the epoch alone: call ``set_epoch`` on every process
    before each epoch, otherwise all epochs are the same.

    Parameters
    ----------
    n_items : length of the order, all processes together
    random_state : the same on every process
    drop_last : leave out what does not divide instead of repeating the first items
    rank, world_size : None asks torch.distributed, or is one process where that is not running

    Raises
    ------
    ValueError
        No such rank, only one of rank and world_size, or no item for every process.
    """

    def __init__(
        self,
        n_items: int,
        *,
        random_state: int = 0,
        drop_last: bool = False,
        rank: int | None = None,
        world_size: int | None = None,
    ) -> None:
        self.rank, self.world_size = _place(rank, world_size)
        if n_items < 1 or (drop_last and n_items < self.world_size):
            raise ValueError(f"{n_items} items cannot be shared by {self.world_size} processes")
        self.n_items, self.random_state, self.drop_last = n_items, random_state, drop_last
        self.epoch = 0
        self._resume_at = 0
        self._left: Iterator[T_co] | None = None

    def order(self, epoch: int) -> IntArray:
        """``(n_items,)`` rows or ``(n_items, batch_size)``: the epoch as one process sees it."""
        raise NotImplementedError

    def rng(self, epoch: int) -> np.random.Generator:
        """The epoch's random numbers, the same on every process."""
        return np.random.default_rng([self.random_state, epoch])

    def __len__(self) -> int:
        """Items of this process in a whole epoch, also where a resumed one is shorter."""
        share = self.n_items / self.world_size
        return int(np.floor(share) if self.drop_last else np.ceil(share))

    def __iter__(self) -> Iterator[T_co]:
        start, self._resume_at = self._resume_at, 0
        order, total = self.order(self.epoch), len(self) * self.world_size
        if total > self.n_items:
            order = np.resize(order, (total, *order.shape[1:]))
        own = order[self.rank : total : self.world_size]
        self._left = iter(own[start:].tolist())
        return self._left

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch; one other than the present starts at its beginning."""
        if epoch != self.epoch:
            self.epoch, self._resume_at, self._left = epoch, 0, None

    def state_dict(self, n_done: int | None = None) -> dict[str, int]:
        """Where the epoch stands, as plain numbers, for `load_state_dict`.

        Parameters
        ----------
        n_done : items of this process that were trained on; None is all that were handed out.
            A DataLoader with workers asks ahead of the training: there, give the number.
        """
        if n_done is None:
            # An iterator over a list knows what it has left; counting each item would cost more
            # than drawing it.
            started = self._left is not None
            n_done = len(self) - length_hint(self._left) if started else self._resume_at
        return {"epoch": self.epoch, "n_done": n_done, **self._identity()}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Let the next iteration go on where ``state`` stopped.

        Raises
        ------
        ValueError
            The state is of a sampler with another order or other processes.
        """
        for name, mine in self._identity().items():
            if state[name] != mine:
                raise ValueError(
                    f"the state is of {name}={state[name]}, this sampler has {name}={mine}; "
                    f"give the sampler the arguments it had"
                )
        self.epoch, self._resume_at, self._left = state["epoch"], state["n_done"], None

    def _identity(self) -> dict[str, int]:
        names = ("n_items", "random_state", "world_size", "drop_last")
        return {name: int(getattr(self, name)) for name in names}


def _place(rank: int | None, world_size: int | None) -> tuple[int, int]:
    if rank is None and world_size is None:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            return torch.distributed.get_rank(), torch.distributed.get_world_size()
        return 0, 1
    if rank is None or world_size is None or not 0 <= rank < world_size:
        raise ValueError(
            f"rank must be 0..world_size-1, both given or neither, got rank={rank}, "
            f"world_size={world_size}"
        )
    return rank, world_size
