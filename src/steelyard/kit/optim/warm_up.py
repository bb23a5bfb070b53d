"""Warm-up: learning rates that rise to their own value before any schedule begins."""

from typing import Any

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


class WarmUp(LRScheduler):
    """A schedule behind a warm-up; see `warm_up`, which makes one."""

    def __init__(
        self,
        schedule: LRScheduler | None,
        optimizer: Optimizer,
        n_steps: int,
        start: float,
        delays: bool,
    ) -> None:
        # Not LRScheduler's own beginning: it would take a step, and set lr back to its first.
        self.schedule, self.optimizer = schedule, optimizer
        self.n_steps, self.start, self.delays = n_steps, start, delays
        self.last_epoch = 0
        self.warm_lrs = self._lrs()
        self._apply()

    @property
    def factor(self) -> float:
        """What the rates are multiplied by at present: from ``start`` to 1."""
        done = min(1.0, self.last_epoch / self.n_steps) if self.n_steps else 1.0
        return self.start + (1 - self.start) * done if done < 1 else 1.0

    def step(self, *args: Any, **kwargs: Any) -> None:
        """After each optimiser step (or epoch). Arguments go to the schedule, if it is its turn."""
        warming = self.last_epoch < self.n_steps
        self.last_epoch += 1
        if warming:
            self._set(self.warm_lrs)
        if self.schedule is not None and not (warming and self.delays):
            self.schedule.step(*args, **kwargs)
        if warming:
            self.warm_lrs = self._lrs()
            self._apply()
        self._last_lr = self._lrs()

    def get_lr(self) -> list[float | Tensor]:
        """Rates of the groups now."""
        return self._lrs()

    def state_dict(self) -> dict[str, Any]:
        """Everything, the schedule's state included."""
        own = {k: v for k, v in self.__dict__.items() if k not in ("optimizer", "schedule")}
        state = None if self.schedule is None else self.schedule.state_dict()
        return {**own, "schedule": state}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from there. The rates themselves come with the optimiser's state.

        Raises
        ------
        ValueError
            The state is of a warm-up with a schedule and this has none, or the reverse.
        """
        own = dict(state_dict)
        schedule = own.pop("schedule")
        if (schedule is None) != (self.schedule is None):
            raise ValueError(
                f"the saved warm-up has {'no' if schedule is None else 'a'} schedule behind it "
                f"and this one {'none' if self.schedule is None else 'one'}; build both alike"
            )
        if self.schedule is not None:
            self.schedule.load_state_dict(schedule)
        self.__dict__.update(own)

    def _apply(self) -> None:
        factor = self.factor
        self._set([factor * lr for lr in self.warm_lrs])
        self._last_lr = self._lrs()

    def _lrs(self) -> list[float | Tensor]:
        lrs = [group["lr"] for group in self.optimizer.param_groups]
        return [lr.clone() if isinstance(lr, Tensor) else lr for lr in lrs]

    def _set(self, lrs: list[float | Tensor]) -> None:
        for group, lr in zip(self.optimizer.param_groups, lrs, strict=True):
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(lr)  # a compiled or captured step reads this very tensor
            else:
                group["lr"] = lr


def warm_up(
    schedule: LRScheduler | Optimizer, n_steps: int, *, start: float = 0.1, delays: bool = True
) -> WarmUp:
    """A linear warm-up before any learning-rate schedule, `ReduceLROnPlateau` included.

    Goyal et al., Accurate, Large Minibatch SGD, 2017, section 2.2 (gradual warmup). The step t of
    the optimiser, from 0, has ``start + (1 - start) t / n_steps`` of the schedule's rate, and from
    ``n_steps`` on the rate itself. torch's `SequentialLR` gives the same rates, but refuses
    `ReduceLROnPlateau`.

    Call ``step`` where the schedule's would be called, with the same arguments. To warm up by
    batches before a schedule by epochs, warm up the optimiser alone and step the two apart: when
    warm, it leaves the rates alone.

    Parameters
    ----------
    schedule : any scheduler of torch, just made; or an optimiser: then its own rates
    n_steps : calls of ``step`` until the full rate, at least 0
    start : in [0, 1], share of the rate in the first step
    delays : True holds the schedule back until warm (a cosine over n steps then ends at
        ``n_steps + n``). False runs it meanwhile, with its rates scaled: drops stay where they are

    Raises
    ------
    ValueError
        ``n_steps`` or ``start`` outside its range.

    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> schedule = warm_up(schedule, 2, start=0.5)
    >>> for _ in range(4):
    ...     print(schedule.get_last_lr()[0])
    ...     optimizer.step()
    ...     schedule.step()
    0.5
    0.75
    1.0
    0.5
    """
    if n_steps < 0 or not 0 <= start <= 1:
        raise ValueError(f"n_steps must be >= 0 and start in [0, 1], got {n_steps} and {start}")
    if isinstance(schedule, Optimizer):
        return WarmUp(None, schedule, n_steps, start, delays)
    return WarmUp(schedule, schedule.optimizer, n_steps, start, delays)
