"""The members of the ensemble that was kept or led: its score over them, and what each saw."""

from markupsafe import Markup

from steelyard.report.charts.curves import curve_panel
from steelyard.report.charts.frame import PanelChart
from steelyard.report.charts.rows import ROW, Row, RowChart
from steelyard.report.contents import Arrays, Contents
from steelyard.report.decisions import head_to_tail
from steelyard.report.svg import Scale, axis, dot, grid, plot, tag
from steelyard.report.words import count, score


def members_chart(contents: Contents) -> PanelChart | None:
    """None without an ensemble, and of one with so few members that there is no curve."""
    found = contents.ensemble
    if found is None or found["steps"].size < 2:
        return None
    steps, held = found["steps"], found["val_score"].mean(axis=0)
    first, last = (f"{score(float(held[i]))} with {_many(steps[i])}" for i in (0, -1))
    x = Scale(float(steps[0]), float(steps[-1]))
    scores = (found["train_score"], found["val_score"])
    losses = (found["train_loss"], found["val_loss"])
    none, how = Markup(""), {"step": "members", "from_zero": False}
    return PanelChart(
        key="members",
        title=f"{_trial(found)}: held-out balanced accuracy is {first}, {last}",
        caption=f"{_which(contents, found)} Its {len(scores[0])} trainings on the work rows, thin, "
        f"and their mean, thick, with decisions by the largest probability{_other_rule(found)}. "
        "Where the solid line is level, more members are of no use.",
        panels=(
            curve_panel(*scores, steps, x, none, "balanced accuracy", **how),
            curve_panel(*losses, steps, x, none, "log loss", **how),
        ),
        legend=(("dashed", "training rows"), ("solid", "held-out rows")),
    )


def member_rows_chart(contents: Contents) -> RowChart | None:
    """Rows of each class that a member saw, beside those there are; None without an ensemble."""
    found = contents.ensemble
    if found is None:
        return None
    work, drawn = contents.counts, found["member_counts"]
    scale = Scale(1.0, 1.1 * max(10.0, float(work.max()), float(drawn.max())), log=True)
    seen = drawn.mean(axis=0)
    rows = []
    for k in head_to_tail(work):
        low, high, y = drawn[:, k].min(), drawn[:, k].max(), ROW / 2
        parts = [
            grid(scale, ROW),
            tag("line", x1=scale(low), x2=scale(high), y1=y, y2=y, class_="whisker after"),
            dot(scale(work[k]), y, "before") if work[k] else tag("g"),
            dot(scale(seen[k]), y, "after") if seen[k] else tag("g"),
        ]
        figures = (count(work[k]), count(round(float(seen[k]))))
        label = f"{contents.names[k]}: {figures[0]} rows, {figures[1]} in a member"
        rows.append(Row(contents.classes[k], figures, plot(ROW, *parts, label=label)))
    there = seen > 0
    shown = seen[there].max() / seen[there].min() if there.any() else 1.0
    saw = (
        "as many rows of one class as of another"
        if shown < 1.05
        else f"classes at {shown:.3g} to 1"
    )
    return RowChart(
        key="member-rows",
        title=f"{_trial(found)}: each member saw {saw}",
        caption=f"{_which(contents, found)} Rows of each class in a member's training, repeated "
        "ones too, and the work rows there are, on a log scale. Bars go from the member with the "
        f"fewest to the one with the most, of {len(drawn)}. Each training held a fold of the work "
        f"rows out.{_by_sample(found)}",
        first="class",
        columns=("work", "member"),
        axis=axis(scale, "{:,.0f}"),
        rows=tuple(rows),
        legend=(("after", "rows a member saw"), ("before", "work rows")),
    )


def _trial(found: Arrays) -> str:
    return str(found["trial"][0])


def _other_rule(found: Arrays) -> str:
    """What to say where the trial's figure is not the last point of its curve."""
    rule = str(found["rule"][0]) if "rule" in found else "argmax"
    if rule == "argmax":
        return ""
    return f" (the trial itself decides by the {rule} rule, so its figure is another)"


def _by_sample(found: Arrays) -> str:
    """What to say where a member trained with fewer rows than are counted."""
    if "by_sample" not in found or not found["by_sample"][0]:
        return ""
    return " Of so many rows a round of boosting trains with a sample, drawn by their weight."


def _which(contents: Contents, found: Arrays) -> str:
    name = _trial(found)
    if contents.changed and name == contents.kept:
        return f"The kept model, {name}."
    return f"{name}, the ensemble that gained most of those tried."


def _many(members: float) -> str:
    return "1 member" if members == 1 else f"{members:g} members"
