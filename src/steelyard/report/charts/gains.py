"""What every trial gained over tuned-base, with its interval: a forest plot."""

import math

from steelyard.core.trial import Trial
from steelyard.report.charts.rows import ROW, Row, RowChart
from steelyard.report.contents import Contents
from steelyard.report.svg import Scale, axis, dot, grid, padded, plot, upright, whisker
from steelyard.report.words import (
    few,
    gain,
    goal_words,
    p_value,
    price_words,
    rows_words,
    score,
    trial_words,
    unmeasured,
)

SHOWN = 25


def gains_chart(contents: Contents) -> RowChart | None:
    """None when no trial was compared."""
    compared = [t for t in contents.trials if t.name != "tuned-base" and _compared(t)]
    if not compared:
        return None
    best = sorted(compared, key=lambda t: -t.vs_tuned_base.mean)
    kept, base = contents.kept, next((t for t in contents.trials if t.name == "base"), None)
    shown = [t for i, t in enumerate(best) if i < SHOWN or t.name == kept]
    limits = [v for t in shown for v in (t.vs_tuned_base.low, t.vs_tuned_base.high)]
    scale = padded([*limits, *(t.vs_tuned_base.mean for t in shown)])
    return RowChart(
        key="gains",
        title=_title(compared, contents),
        caption=f"Gain in {goal_words(contents.goal)} over tuned-base, paired and out of fold on "
        "the work rows, with 95 % intervals; right of the line is better. The best of many looks "
        "better than it is, so the claim is only what the test split says.",
        first="trial",
        columns=(goal_words(contents.goal), "gain"),
        axis=axis(scale, "{:+g}"),
        rows=tuple(_row(t, scale, base, t.name == kept) for t in shown),
        folded="trials",
        legend=(("before", "tried"), ("after", "kept")),
        below=_ended_early(contents, len(compared) - len(shown)),
    )


def _compared(trial: Trial) -> bool:
    return not math.isnan(trial.vs_tuned_base.mean)


def _row(trial: Trial, scale: Scale, base: Trial | None, kept: bool) -> Row:
    found, y = trial.vs_tuned_base, ROW / 2
    series = "after" if kept else "before"
    parts = [grid(scale, ROW), upright(scale(0.0), ROW, "zero")]
    if not math.isnan(found.low):
        parts.append(whisker(scale, found.low, found.high, y, series))
    parts.append(dot(scale(found.mean), y, series))
    p = "" if math.isnan(found.p) else f", {p_value(found.p)}"
    drawing = plot(ROW, *parts, label=f"{trial.name}: {gain(found)}{p}")
    figures = (score(trial.goal.mean), gain(found))
    words = "the base itself" if trial.name == "base" else trial_words(trial.name)
    if trial.state != "done":
        words += f", {trial.state} {trial.why}"
    for told in filter(None, (rows_words(trial), price_words(trial, base))):
        words += f"; {told}"
    return Row(trial.name, figures, drawing, words, strong=kept)


def _title(compared: list[Trial], contents: Contents) -> str:
    tried = [t for t in compared if t.name != "base"]
    above = sum(t.vs_tuned_base.low > 0 for t in tried)
    many = f"{len(tried)} trial" + "s" * (len(tried) != 1)
    return f"Of {many}, {above or 'none'} gained over tuned-base beyond chance on the work rows"


def _ended_early(contents: Contents, hidden: int) -> str:
    more = f"{hidden} more with smaller gains are in case.json. " if hidden else ""
    reasons = unmeasured(contents.trials).items()
    early = "; ".join(f"{few(names, 12)} {why}" for why, names in reasons)
    return more + (f"Without numbers: {early}." if early else "")
