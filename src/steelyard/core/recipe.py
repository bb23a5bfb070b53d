"""Recipe: how a model is trained, as plain data with eight slots."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any


@dataclass(frozen=True)
class Step:
    """One thing done in a slot: a name and plain parameters.

    >>> print(Step("logit-adjusted", {"tau": 1.0}))
    logit-adjusted(tau=1.0)
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        inside = ", ".join(f"{k}={_short(v)}" for k, v in self.params.items())
        return f"{self.name}({inside})" if inside else self.name

    def __hash__(self) -> int:
        # equal steps may print differently: 1 and 1.0, or the order of their parameters
        return hash((self.name, frozenset(self.params)))

    def but(self, **changes: Any) -> "Step":
        """The same step with other parameters."""
        return Step(self.name, {**self.params, **changes})


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) and value != round(value) else str(value)


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. ``posthoc`` steps change the decision only, never the training."""

    model: Step
    clean: Step = Step("nothing")
    augment: Step = Step("none")
    sampler: Step = Step("all-rows")
    loss: Step = Step("cross-entropy")
    optim: Step = Step("default")
    stages: Step = Step("one")
    posthoc: Step = Step("argmax")

    def diff(self, other: "Recipe") -> tuple[str, ...]:
        """What changes from this recipe to ``other``, one line a slot.

        >>> base = Recipe(Step("forest"))
        >>> base.diff(replace(base, posthoc=Step("logit-adjusted", {"tau": "tuned"})))
        ('posthoc: argmax -> logit-adjusted(tau=tuned)',)
        """
        return tuple(
            f"{slot}: {getattr(self, slot)} -> {getattr(other, slot)}"
            for slot in SLOTS
            if getattr(self, slot) != getattr(other, slot)
        )

    def changed_slots(self, other: "Recipe") -> frozenset[str]:
        """The slots in which ``other`` differs."""
        return frozenset(s for s in SLOTS if getattr(self, s) != getattr(other, s))

    @property
    def key(self) -> str:
        """Hash of the whole recipe."""
        return _digest(self.to_plain())

    @property
    def fit_key(self) -> str:
        """Hash of what is trained: recipes that differ only in ``posthoc`` share one training."""
        return _digest(replace(self, posthoc=Step("argmax")).to_plain())

    def to_plain(self) -> dict[str, Any]:
        """Slot -> ``{"name", "params"}``."""
        return {s: {"name": (p := getattr(self, s)).name, "params": dict(p.params)} for s in SLOTS}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Recipe":
        """The inverse of `to_plain`."""
        return cls(**{slot: Step(p["name"], p["params"]) for slot, p in plain.items()})


SLOTS: tuple[str, ...] = (
    "clean",
    "augment",
    "sampler",
    "loss",
    "model",
    "optim",
    "stages",
    "posthoc",
)
if set(SLOTS) != {f.name for f in fields(Recipe)}:
    raise TypeError("SLOTS and the fields of Recipe disagree")


def _digest(plain: Any) -> str:
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
