"""Trial: a recipe that was tried, and what its out-of-fold predictions are worth."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steelyard.core.recipe import Recipe

State = Literal["done", "stopped", "failed"]


@dataclass(frozen=True)
class Interval:
    """A number with its 95 % limits and, for a difference, its p value."""

    mean: float
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan

    def __str__(self) -> str:
        if math.isnan(self.low):
            return f"{self.mean:.3f}"
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"

    @property
    def signed(self) -> str:
        """``+.080 [+.050, +.110]`` for a difference."""
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


@dataclass(frozen=True)
class Trial:
    """One recipe, tried.

    Attributes
    ----------
    name : ``base``, ``tuned-base``, ``R610``, ``R210(sqrt)``, ``R610+R510``.
    changes : the recipe's difference from ``start``, one line a slot.
    start : ``base`` or ``tuned-base``, what the remedy was applied to; empty for base itself.
    proba : (S, N, K) out-of-fold probabilities after the post-hoc step; None unless done.
    predicted : (S, N) out-of-fold decisions; None unless done.
    state, why : ``done``; ``stopped`` or ``failed`` and the reason.
    trained_on : (K,) rows of each class in the average training, where it re-samples them.
    seconds : processor time spent on training it (0 for a pure post-hoc remedy).
    goal : the goal metric on the work rows.
    vs_tuned_base : its paired gain over tuned-base in the direction of better.
    one_fit : processor seconds of one training, the median over folds and seeds.
    calibration_error : of ``proba``, how far confidence lies from accuracy; mean over seeds.
    metrics : every other metric on the work rows.
    """

    key: str
    name: str
    recipe: Recipe
    changes: tuple[str, ...] = ()
    start: str = ""
    proba: NDArray[np.float64] | None = None
    predicted: NDArray[np.int64] | None = None
    state: State = "done"
    why: str = ""
    trained_on: tuple[int, ...] = ()
    seconds: float = 0.0
    seeds: int = 0
    goal: Interval = Interval(math.nan)
    vs_tuned_base: Interval = Interval(math.nan)
    one_fit: float = math.nan
    calibration_error: float = math.nan
    metrics: Mapping[str, Interval] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """The remedies in it: ``("R610", "R510")``; empty for base and tuned-base."""
        parts = (part.split("(")[0] for part in self.name.split("+"))
        return tuple(part for part in parts if part[:1] == "R")
