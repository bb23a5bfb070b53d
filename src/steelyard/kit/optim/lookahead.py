"""Lookahead: slow weights that follow an optimiser's fast ones, some way every few steps."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class Lookahead(Optimizer):
    """Wraps any optimiser: k steps forward, then back to a point on the way.

    Zhang et al., Lookahead Optimizer: k steps forward, 1 step back, NeurIPS 2019, algorithm 1:
    after every k steps ``slow = slow + alpha (fast - slow)`` and the parameters go there. The
    wrapped optimiser keeps its momentum, the paper's default.

    It is itself a torch optimiser with the wrapped one's groups, so every scheduler takes it, and
    the wrapped one goes on being the place of lr, momentum and state. Slow weights are noted at
    the first of each k steps, so weights loaded into the model between are not undone.
    ``state_dict`` is the wrapped one's with the entry ``lookahead``.

    Parameters
    ----------
    optimizer : the one that takes the steps
    k : steps between, at least 1
    alpha : in (0, 1]; 1 is the wrapped optimiser alone

    Raises
    ------
    ValueError
        ``k`` or ``alpha`` outside its range.

    >>> w = torch.nn.Parameter(torch.tensor([0.0]))
    >>> optimizer = Lookahead(torch.optim.SGD([w], lr=1.0), k=2, alpha=0.5)
    >>> for _ in range(2):
    ...     w.grad = torch.tensor([-1.0])
    ...     optimizer.step()
    >>> w.data  # to 1, to 2, half the way back to 0
    tensor([1.])
    """

    def __init__(self, optimizer: Optimizer, k: int = 5, alpha: float = 0.5) -> None:
        if k < 1 or not 0 < alpha <= 1:
            raise ValueError(f"k must be at least 1 and alpha in (0, 1], got {k} and {alpha}")
        super().__init__(optimizer.param_groups, dict(optimizer.defaults))
        self.optimizer, self.k, self.alpha = optimizer, k, alpha
        self.slow: dict[Tensor, Tensor] = {}
        self.n_fast = 0

    # What a scheduler sets here must be what steps there, also after the wrapped one was loaded;
    # so these two are never this object's own, and what torch's constructor sets is dropped.
    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The wrapped optimiser's."""
        return self.optimizer.param_groups

    @param_groups.setter
    def param_groups(self, _: Any) -> None: ...

    @property
    def state(self) -> defaultdict[Tensor, Any]:
        """The wrapped optimiser's."""
        return self.optimizer.state

    @state.setter
    def state(self, _: Any) -> None: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step of the wrapped optimiser, and every k-th time the way back."""
        if self.n_fast == 0:
            self.slow.clear()
        for param in self._params():
            if param not in self.slow:
                self.slow[param] = param.detach().clone()
        with torch.enable_grad():
            loss = self.optimizer.step() if closure is None else self.optimizer.step(closure)
        self.n_fast = (self.n_fast + 1) % self.k
        if self.n_fast == 0:
            fast, slow = self._params(), [self.slow[param] for param in self._params()]
            torch._foreach_lerp_(slow, fast, self.alpha)
            torch._foreach_copy_(fast, slow)
        return loss

    @contextmanager
    def slow_weights(self) -> Iterator[None]:
        """The parameters are the slow weights inside ``with``: what the paper evaluates."""
        params = [param for param in self._params() if self.n_fast and param in self.slow]
        fast = [param.detach().clone() for param in params]
        with torch.no_grad():
            for param in params:
                param.copy_(self.slow[param])
        try:
            yield
        finally:
            with torch.no_grad():
                for param, value in zip(params, fast, strict=True):
                    param.copy_(value)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """The wrapped optimiser's."""
        self.optimizer.zero_grad(set_to_none)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """The wrapped optimiser's; slow weights begin at the next step."""
        if hasattr(self, "optimizer"):
            self.optimizer.add_param_group(param_group)

    def state_dict(self) -> dict[str, Any]:
        """The wrapped optimiser's, and ``lookahead`` with the slow weights by parameter number."""
        slow = {i: self.slow[p] for i, p in enumerate(self._params()) if p in self.slow}
        own = {"k": self.k, "alpha": self.alpha, "n_fast": self.n_fast, "slow": slow}
        return {**self.optimizer.state_dict(), "lookahead": own}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes a state of its own, or one of the wrapped optimiser alone: then k starts anew.

        Raises
        ------
        ValueError
            As the wrapped optimiser's.
        """
        self.optimizer.load_state_dict(state_dict)
        own = state_dict.get("lookahead", {"slow": {}, "n_fast": 0})
        self.k, self.alpha = own.get("k", self.k), own.get("alpha", self.alpha)
        self.n_fast = own["n_fast"]
        self.slow = {
            param: own["slow"][i].to(param, copy=True)
            for i, param in enumerate(self._params())
            if i in own["slow"]
        }

    def __getstate__(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("optimizer", "k", "alpha", "slow", "n_fast")}
        return {**super().__getstate__(), **own}

    def _params(self) -> list[Tensor]:
        return [param for group in self.param_groups for param in group["params"]]
