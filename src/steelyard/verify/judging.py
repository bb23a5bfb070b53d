"""The test split, opened once: base, tuned-base and the leader, and what that proves."""

from dataclasses import replace

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
    candidate: Predictions,
    work_counts: NDArray[np.int64],
) -> TestReport:
    """Every number about the test split, for a candidate that is not judged yet: base is kept.

    ``work_counts`` (K,) says which classes are head, middle and tail: those the models learnt from.
    """
    of_base = base.metrics(goal)
    return TestReport(
        base=of_base,
        tuned_base=tuned_base.metrics(goal),
        kept=of_base,
        candidate=candidate.metrics(goal),
        difference=difference(goal, candidate, base),
        vs_tuned_base=difference(goal, candidate, tuned_base),
        flips=flip_report(base, candidate, work_counts),
        smallest_class=int(base.counts[base.counts > 0].min()),
    )


def smallest_effect(goal: Goal, base: float) -> float:
    """What is worth proving: a point, or for costs and losses a hundredth of the base's."""
    return SMALLEST_EFFECT if goal.higher_is_better else SMALLEST_EFFECT * abs(base)


def proven(*claims: Interval, least: float = SMALLEST_EFFECT) -> bool:
    """Whether all claims hold together: interval above 0, at least ``least``, Holm over the p's."""
    corrected = holm([claim.p for claim in claims])
    return all(
        claim.low > 0 and claim.mean >= least and p <= ALPHA for claim, p in zip(claims, corrected)
    )


def flip_report(
    base: Predictions, candidate: Predictions, work_counts: NDArray[np.int64]
) -> FlipReport:
    """Flips of the candidate (first seed) beside those of two trainings of base."""
    whole = flips(base.target, base.predicted[0], candidate.predicted[0])
    parts = {}
    for name, classes in _head_middle_tail(work_counts).items():
        rows = np.isin(base.target, classes)
        if rows.any():
            part = flips(base.target[rows], base.predicted[0][rows], candidate.predicted[0][rows])
            parts[name] = (part.negative, part.positive, part.n)
    pairs = [flips(base.target, base.predicted[0], again) for again in base.predicted[1:]]
    again = float(np.mean([p.negative / p.n for p in pairs])) if pairs else float("nan")
    return FlipReport(whole.negative, whole.positive, whole.n, again, parts)


def _head_middle_tail(counts: NDArray[np.int64]) -> dict[str, NDArray[np.intp]]:
    """Thirds of the classes, the largest are the head; of two classes none is the middle."""
    names = ("head", "tail") if len(counts) == 2 else ("head", "middle", "tail")
    parts = np.array_split(np.argsort(-counts, kind="stable"), len(names))
    return dict(zip(names, parts))


def judge(name: str, report: TestReport, on_work: Interval, tried: int, *, goal: Goal) -> Verdict:
    """The verdict on the candidate ``name``: nothing stronger than its test rows allow.

    ``on_work`` is its gain over tuned-base on the rows it was chosen by, told but never claimed.
    """
    gain = report.difference
    least = smallest_effect(goal, report.base[goal.name].mean)
    if name != "base" and proven(gain, least=least):
        return Verdict(
            "proven-better", name, tried, _says_better(name, report, goal.name, least),
            replace(report, kept=report.candidate), name,
        )  # fmt: skip
    if name == "base":
        says = f"Nothing that was tried ({tried}) gained over base on the work rows; base is kept."
        return Verdict("no-proven-difference", "base", tried, says, report)
    says = (
        f"No difference is proven: on the {report.flips.n} test rows, {report.smallest_class} of "
        f"the smallest class, {name} gains {gain.signed} over base{_lacks(gain, least)}; "
        "base is kept."
    )
    if name != "tuned-base":
        says += (
            f" On the work rows it was ahead of tuned-base by {on_work.signed}, but it was chosen "
            "by them."
        )
    if gain.mean >= least:
        says += " More rows of the rare classes, or a larger --test, could prove it."
    return Verdict("no-proven-difference", "base", tried, says, report, name)


def _lacks(gain: Interval, least: float) -> str:
    """What a gain whose interval lies above 0 lacks to be proven, in words."""
    if not gain.low > 0:
        return ""
    if not gain.p <= ALPHA:
        return f", but its p = {gain.p:.3f} is over {ALPHA:g}"
    return f", less than the {least:.3g} that counts" if gain.mean < least else ""


def _says_better(name: str, report: TestReport, goal: str, least: float) -> str:
    before, after = report.base[goal].mean, report.candidate[goal].mean
    says = (
        f"{name} is better than base: {goal} {before:.3f} -> {after:.3f} "
        f"on {report.flips.n} test rows, {report.difference.signed}."
    )
    if name == "tuned-base":
        return says
    ahead = report.vs_tuned_base
    over = "also proven" if proven(report.difference, ahead, least=least) else "not proven"
    if over == "not proven" and ahead.low > 0 and ahead.mean >= least:
        over += f": with p = {ahead.p:.3f} two claims at once are too many"
    return f"{says} Its gain over the tuned base, {ahead.signed}, is {over}."
