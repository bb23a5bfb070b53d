"""Tables of paired gains over plain cross-entropy, and what was promised beside what came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from long_tail.trainings import Outcome

_ENDS = 3  # classes of the head and of the tail


@dataclass(frozen=True)
class Gain:
    """Mean difference over n pairs in points of balanced accuracy, its standard error, t."""

    mean: float
    error: float
    n: int

    @property
    def t(self) -> float:
        """Paired t."""
        return self.mean / self.error if self.error else float("nan")

    def __str__(self) -> str:
        if self.n < 2:
            return f"{self.mean:+6.1f}   .      ."
        return f"{self.mean:+6.1f} {self.error:4.1f} {self.t:+6.1f}"


def paired(ours: Sequence[float], plain: Sequence[float]) -> Gain:
    """The gain of ``ours`` over ``plain``, shares by seed in the same order."""
    difference = 100 * (np.asarray(ours) - np.asarray(plain))
    n = len(difference)
    error = float(difference.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    return Gain(float(difference.mean()), error, n)


def by_frequency(outcome: Outcome) -> tuple[float, float]:
    """Mean recall of the three largest and of the three smallest classes in training."""
    order = np.argsort(outcome.counts)[::-1]
    recalls = np.asarray(outcome.recalls)[order]
    return float(recalls[:_ENDS].mean()), float(recalls[-_ENDS:].mean())


def table(title: str, rows: Mapping[str, Sequence[Outcome | None]], plain: str) -> dict[str, Gain]:
    """Print one line a contestant that has run and return its gains.

    ``rows`` label -> outcomes by seed; ``plain`` the label that all are held against.
    """
    seeds = max(sum(one is not None for one in outcomes) for outcomes in rows.values())
    print(f"\n{title}, {seeds} paired seed{'s' if seeds != 1 else ''}")
    print(f"{'':42}{'balanced':>9}{'gain':>8}{'error':>6}{'t':>6}{'head':>6}{'tail':>6}{'s':>6}")
    gains: dict[str, Gain] = {}
    for label, outcomes in rows.items():
        pairs = [(o, p) for o, p in zip(outcomes, rows[plain]) if o is not None and p is not None]
        if not pairs:
            continue
        ours = [o.balanced_accuracy for o, _ in pairs]
        gain = paired(ours, [p.balanced_accuracy for _, p in pairs])
        head, tail = np.mean([by_frequency(o) for o, _ in pairs], axis=0)
        said = "" if label == plain else str(gain)
        few = "" if len(pairs) == seeds else f"  {len(pairs)} seeds"
        print(
            f"  {label:40}{np.mean(ours):9.3f}  {said:20}{head:6.2f}{tail:6.2f}"
            f"{np.mean([o.seconds for o, _ in pairs]):6.0f}{few}"
        )
        gains[label] = gain
    return gains


def best(rows: Mapping[str, Sequence[Outcome | None]]) -> tuple[str, float]:
    """The label with the highest mean balanced accuracy over the seeds that ran."""
    means = {
        label: float(np.mean([one.balanced_accuracy for one in outcomes if one is not None]))
        for label, outcomes in rows.items()
        if any(outcomes)
    }
    return max(means.items(), key=lambda item: item[1])


def promised(goals: Mapping[str, float], gains: Mapping[str, Gain], least_t: float) -> None:
    """Print every goal with what came out."""
    for label, goal in goals.items():
        if label in gains:
            gain = gains[label]
            says = "met" if gain.mean >= goal and gain.t > least_t else "missed"
            came = f"{gain.mean:+.1f}, t {gain.t:.1f}"
            print(f"  goal {label}: {goal:+.1f}, t > {least_t:g}: {came}: {says}")
