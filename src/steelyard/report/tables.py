"""The tables of the report: all metrics, flips two by two and by part, and the recipe."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from steelyard.core.recipe import SLOTS, Step
from steelyard.core.trial import Interval
from steelyard.kit.metrics import GOALS
from steelyard.report.contents import Contents
from steelyard.report.words import count, gain, goal_words, p_value, percent, score
from steelyard.verify.scoring import BESIDE, Predictions


@dataclass(frozen=True)
class Table:
    """Heads and cells as text; the first column names the row."""

    title: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: str = ""


def metrics_table(contents: Contents) -> Table | None:
    """Every metric with its interval, base beside the kept one; None when there are none."""
    test = contents.verdict.test if contents.verdict else None
    if test is None or not test.base:
        return _examined_metrics(contents)
    columns = [("base", test.base), ("tuned-base", test.tuned_base)]
    if contents.kept not in ("base", "tuned-base"):
        columns.append((f"{contents.kept} (kept)", test.kept))
    elif contents.kept == "base" and contents.verdict.candidate not in ("base", "tuned-base"):
        columns.append((f"{contents.verdict.candidate} (led, not kept)", test.candidate))
    columns = [(name, metrics) for name, metrics in columns if metrics]
    rows = [
        (_with_direction(metric), *(_cell(metrics.get(metric)) for _, metrics in columns))
        for metric in test.base
    ]
    over = gain(test.vs_tuned_base)
    p = "" if np.isnan(test.vs_tuned_base.p) else f", {p_value(test.vs_tuned_base.p)}"
    return Table(
        "No metric alone: all of them on the test split",
        "With 95 % intervals over rows, at the mean over seeds.",
        ("metric", *(name for name, _ in columns)),
        tuple(rows),
        f"Over tuned-base in {goal_words(contents.goal)}: {over}{p}." if contents.changed else "",
    )


def _examined_metrics(contents: Contents) -> Table | None:
    exam = contents.exam
    if exam is None or exam.proba is None:
        return None
    predictions = Predictions(exam.target, exam.proba, exam.predicted)
    rows = [(_with_direction(name), _cell(predictions.interval(GOALS[name]))) for name in BESIDE]
    return Table(
        "No metric alone: the base out of fold",
        "With 95 % intervals over the work rows, at the mean over seeds.",
        ("metric", "base"),
        tuple(rows),
    )


def _with_direction(metric: str) -> str:
    lower = metric.startswith("cost") or (metric in GOALS and not GOALS[metric].higher_is_better)
    return goal_words(metric) + " (less is better)" * lower


def _cell(interval: Interval | None) -> str:
    if interval is None or np.isnan(interval.mean):
        return "–"
    if np.isnan(interval.low):
        return score(interval.mean)
    return f"{score(interval.mean)} [{score(interval.low)}, {score(interval.high)}]"


@dataclass(frozen=True)
class FlipsView:
    """The two by two table of right and wrong, and the same by part of the tail."""

    title: str
    both_right: str
    positive: str
    negative: str
    both_wrong: str
    words: str
    parts: tuple[tuple[str, int, int, int, float, float], ...]
    """Name, lost, won, rows, and the bars' lengths in per cent."""


def flips_view(contents: Contents) -> FlipsView | None:
    """None when the model did not change."""
    if not contents.changed or contents.comparison is None or contents.verdict is None:
        return None
    comparison = contents.comparison
    flips = comparison.flips
    report = contents.verdict.test.flips if contents.verdict.test else None
    again = report.seed_to_seed_negative if report else float("nan")
    beside = "" if np.isnan(again) else f"Two seeds of the base alone lose {percent(again)}. "
    parts = dict(report.by_part) if report else {}
    whole = {"all rows": (flips.negative, flips.positive, flips.n), **parts}
    longest = max(max(lost, won) / max(n, 1) for lost, won, n in whole.values()) or 1.0
    return FlipsView(
        title=f"{count(flips.negative)} rows are lost, {count(flips.positive)} are won",
        both_right=count(flips.both_right),
        positive=count(flips.positive),
        negative=count(flips.negative),
        both_wrong=count(flips.both_wrong),
        words=f"Negative flips are {percent(flips.negative_rate)} of the rows. {beside}"
        f"McNemar's exact test of losses against gains: {p_value(comparison.p)}.",
        parts=tuple(
            (name, lost, won, n, 100 * lost / n / longest, 100 * won / n / longest)
            for name, (lost, won, n) in whole.items()
            if n
        ),
    )


def recipe_rows(contents: Contents) -> list[tuple[str, str, str]]:
    """Slot, base, kept: the whole recipe, so that it can be run again."""
    base = contents.reproduce.get("base") or {}
    kept = contents.reproduce.get("kept") or base
    return [(slot, _step(base.get(slot)), _step(kept.get(slot))) for slot in SLOTS if slot in base]


def _step(plain: Any) -> str:
    if not plain:
        return "–"
    return str(Step(plain["name"], plain.get("params") or {}))
