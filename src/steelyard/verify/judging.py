"""The test split, opened once: base, tuned-base and the leader, and what that proves."""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.trial import Interval
from steelyard.core.verdict import FlipReport, TestReport, Verdict
from steelyard.kit.intervals import holm
from steelyard.kit.metrics import Goal, flips
from steelyard.verify.scoring import Predictions, difference

SMALLEST_EFFECT = 0.01
ALPHA = 0.05


def open_test(
    goal: Goal,
    base: Predictions,
    tuned_base: Predictions,
    kept: Predictions,
    work_counts: NDArray[np.int64],
) -> TestReport:
    """Every number about the test split; ``difference`` and ``vs_tuned_base`` are kept - other.

    ``work_counts`` (K,) says which classes are head, middle and tail: those the models learnt from.
    """
    return TestReport(
        base=base.metrics(goal),
        tuned_base=tuned_base.metrics(goal),
        kept=kept.metrics(goal),
        difference=difference(goal, kept, base),
        vs_tuned_base=difference(goal, kept, tuned_base),
        flips=flip_report(base, kept, work_counts),
        smallest_class=int(base.counts[base.counts > 0].min()),
    )


def proven(*claims: Interval) -> bool:
    """Whether all claims hold together: interval above 0, at least a point, Holm over the p's."""
    corrected = holm([claim.p for claim in claims])
    return all(
        claim.low > 0 and claim.mean >= SMALLEST_EFFECT and p <= ALPHA
        for claim, p in zip(claims, corrected)
    )


def flip_report(base: Predictions, kept: Predictions, work_counts: NDArray[np.int64]) -> FlipReport:
    """Flips of the kept model (first seed) beside those of two trainings of base."""
    whole = flips(base.target, base.predicted[0], kept.predicted[0])
    parts = {}
    for name, classes in _head_middle_tail(work_counts).items():
        rows = np.isin(base.target, classes)
        if rows.any():
            part = flips(base.target[rows], base.predicted[0][rows], kept.predicted[0][rows])
            parts[name] = (part.negative, part.positive, part.n)
    pairs = [flips(base.target, base.predicted[0], again) for again in base.predicted[1:]]
    again = float(np.mean([p.negative / p.n for p in pairs])) if pairs else float("nan")
    return FlipReport(whole.negative, whole.positive, whole.n, again, parts)


def _head_middle_tail(counts: NDArray[np.int64]) -> dict[str, NDArray[np.intp]]:
    """Thirds of the classes, the largest are the head; of two classes none is the middle."""
    names = ("head", "tail") if len(counts) == 2 else ("head", "middle", "tail")
    parts = np.array_split(np.argsort(-counts, kind="stable"), len(names))
    return dict(zip(names, parts))


def judge(name: str, report: TestReport, tried: int, *, goal: str) -> Verdict:
    """The verdict on the leader ``name``: nothing stronger than its test rows allow."""
    gain = report.difference
    before, after = report.base[goal].mean, report.kept[goal].mean
    if name != "base" and proven(gain):
        says = (
            f"{name} is better than base: {goal} {before:.3f} -> {after:.3f} "
            f"on {report.flips.n} test rows, {gain.signed}."
        )
        if name != "tuned-base":
            ahead = report.vs_tuned_base
            over = "also proven" if proven(gain, ahead) else "not proven"
            says += f" Its gain over the tuned base, {ahead.signed}, is {over}."
        return Verdict("proven-better", name, tried, says, report)
    if name == "base":
        says = f"Nothing that was tried ({tried}) gained over base on the work rows; base is kept."
    else:
        says = (
            f"No difference is proven: {name} led on the work rows, but on the "
            f"{report.flips.n} test rows its gain is {gain.signed}; base is kept."
        )
    return Verdict("no-proven-difference", "base", tried, says, report)
