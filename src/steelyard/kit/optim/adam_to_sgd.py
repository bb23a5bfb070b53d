"""SWATS: Adam that turns into SGD once it knows the rate SGD should have."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from steelyard.kit.optim.float32_state import (
    Float32State,
    at_least_float32,
    check_betas,
    check_rates,
)


class AdamToSGD(Float32State):
    """Adam first, then SGD with momentum for the rest of the run.

    Keskar and Socher, Improving Generalization Performance by Switching from Adam to SGD, 2017,
    section 3 and algorithm 1. While Adam runs, each of its steps p says at which rate the
    SGD step, projected on p, would be p: ``gamma = p.p / -p.g``. When the bias-corrected
    exponential average of gamma (by beta2) and gamma itself are less than ``tolerance`` apart, SGD
    takes over for all parameters, with that average as its rate and beta1 as its momentum::

        v = beta1 v + g,  w = w - (1 - beta1) rate v

    Two things beyond the paper, neither of which changes a run at one constant lr. gamma is taken
    relative to lr, so that a schedule goes on after the switch (SGD's rate is ``sgd_per_lr`` times
    each group's lr) and groups keep their proportions. And a negative average, from momentum
    against the gradient, never switches: SGD would climb.

    The paper's tolerance, 1e-9, is below the rounding of float32 at usual rates: it is met by
    chance and may take the whole run. To switch at a fraction of the run whatever happens, give
    ``switch_after``, or call ``switch()``.

    Parameters
    ----------
    params : tensors or groups
    lr : Adam's
    betas : each in [0, 1)
    eps : at least 0; added before the bias correction, as in the paper
    weight_decay : of the L2 penalty, in both phases
    tolerance : at least 0, in units of lr; 0 leaves the switch to ``switch_after``
    switch_after : SGD from the step after this many, or from the first one after at which the
        average is positive

    Raises
    ------
    ValueError
        A setting outside its range; on ``step`` a sparse gradient.

    >>> w = torch.nn.Parameter(torch.zeros(2))
    >>> optimizer = AdamToSGD([w], lr=0.1, tolerance=1e-6)
    >>> for _ in range(2):
    ...     w.grad = torch.tensor([1.0, 3.0])
    ...     optimizer.step()
    >>> optimizer.switched, round(optimizer.sgd_rate, 6)  # lr / mean |g|
    (True, 0.05)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-9,
        weight_decay: float = 0.0,
        tolerance: float = 1e-9,
        switch_after: int | None = None,
    ) -> None:
        check_rates(lr, weight_decay)
        check_betas(betas, eps)
        if not tolerance >= 0 or (switch_after is not None and switch_after < 1):
            raise ValueError(
                f"tolerance must be >= 0 and switch_after None or at least 1 step, got "
                f"{tolerance} and {switch_after}"
            )
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)
        # In the first group, which every state_dict carries; all parameters switch as one.
        self._run.update(
            tolerance=tolerance, switch_after=switch_after, n_steps=0, n_ratios=0, average=0.0
        )
        self._run["sgd_per_lr"] = None

    @property
    def _run(self) -> dict[str, Any]:
        return self.param_groups[0]

    @property
    def switched(self) -> bool:
        """Whether SGD has taken over."""
        return self._run["sgd_per_lr"] is not None

    @property
    def sgd_rate(self) -> float:
        """Rate of SGD in the first group, at its present lr: in use, or estimated so far (or 0)."""
        per_lr = self._run["sgd_per_lr"] if self.switched else self._estimate()
        return float(per_lr * self._run["lr"])

    def switch(self, rate: float | None = None) -> None:
        """From the next step on, SGD.

        Parameters
        ----------
        rate : of SGD in the first group, other groups in proportion to their lr; None takes the
            estimate

        Raises
        ------
        ValueError
            ``rate`` is not above 0, or None while the estimate is not; lr is 0 at present.
        """
        rate, lr = self.sgd_rate if rate is None else rate, float(self._run["lr"])
        if not rate > 0 or lr == 0:
            raise ValueError(
                f"SGD needs a rate and lr above 0, got {rate} and {lr}; give one, "
                "switch(rate=0.01), while lr is not 0"
            )
        self._start_sgd(rate / lr)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step; returns what the closure returns."""
        with torch.enable_grad():
            loss = None if closure is None else closure()
        if self.switched:
            for group in self.param_groups:
                self._sgd(group)
            return loss
        # Of all groups: p.p and -p.(lr g), whose quotient is gamma / lr.
        products = torch.stack([self._adam(group) for group in self.param_groups]).sum(0)
        self._run["n_steps"] += 1
        self._judge(*products.tolist())
        return loss

    def _with_penalty(
        self, params: list[Tensor], grads: list[Tensor], decay: float
    ) -> list[Tensor]:
        if decay == 0:
            return grads
        weights = [at_least_float32(param) for param in params]
        return list(torch._foreach_add(grads, weights, alpha=decay))

    def _adam(self, group: dict[str, Any]) -> Tensor:
        """Adam's step of a group; returns ``p.p`` and ``-p.(lr g)``."""
        params, grads, (mean, square) = self.gathered(group, "mean", "square")
        if not params:
            return torch.zeros(2, dtype=torch.float64)
        grads = self._with_penalty(params, grads, group["weight_decay"])
        (beta1, beta2), lr = group["betas"], float(group["lr"])
        torch._foreach_lerp_(mean, grads, 1 - beta1)
        torch._foreach_mul_(square, beta2)
        torch._foreach_addcmul_(square, grads, grads, 1 - beta2)
        below = list(torch._foreach_sqrt(square))
        torch._foreach_add_(below, group["eps"])
        change = list(torch._foreach_div(mean, below))
        steps = self.count_steps(params)
        scales = [-lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t) for t in steps]
        torch._foreach_mul_(change, scales)
        torch._foreach_add_(params, change)
        own = sum(p.square().sum(dtype=torch.float64) for p in change)
        along = sum((p * g).sum(dtype=torch.float64) for p, g in zip(change, grads, strict=True))
        return torch.stack([torch.as_tensor(own), torch.as_tensor(along) * -lr]).cpu()

    def _judge(self, own: float, along: float) -> None:
        """Averages gamma / lr and switches when the paper's criterion or the clock says so."""
        run = self._run
        if along != 0:
            ratio = own / along
            beta2 = run["betas"][1]
            run["average"] = beta2 * run["average"] + (1 - beta2) * ratio
            run["n_ratios"] += 1
            apart = abs(self._estimate() - ratio) * float(run["lr"])
            if run["n_ratios"] > 1 and apart < run["tolerance"] and self._estimate() > 0:
                self._start_sgd(self._estimate())
        late = run["switch_after"] is not None and run["n_steps"] >= run["switch_after"]
        if late and not self.switched and self._estimate() > 0:
            self._start_sgd(self._estimate())

    def _estimate(self) -> float:
        """Average of gamma / lr, bias-corrected; 0 before the first."""
        run = self._run
        if run["n_ratios"] == 0:
            return 0.0
        return float(run["average"] / (1 - run["betas"][1] ** run["n_ratios"]))

    def _start_sgd(self, per_lr: float) -> None:
        self._run["sgd_per_lr"] = per_lr
        self.state.clear()  # Adam's moments; SGD starts without velocity

    def _sgd(self, group: dict[str, Any]) -> None:
        params, grads, (velocity,) = self.gathered(group, "velocity")
        if not params:
            return
        grads = self._with_penalty(params, grads, group["weight_decay"])
        beta1 = group["betas"][0]
        torch._foreach_mul_(velocity, beta1)
        torch._foreach_add_(velocity, grads)
        rate = self._run["sgd_per_lr"] * float(group["lr"])
        torch._foreach_add_(params, velocity, alpha=-(1 - beta1) * rate)
