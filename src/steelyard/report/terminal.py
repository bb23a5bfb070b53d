"""The nouns as text for the terminal: at most 92 columns, and the same text without colour.

Every function is pure: what it returns is printed by the command.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from steelyard.core.data import Data
from steelyard.core.finding import Finding
from steelyard.core.trial import Interval, Trial
from steelyard.core.verdict import TestReport, Verdict
from steelyard.report.console import PLAIN, Console, fit, printable
from steelyard.report.words import (
    VERDICT_WORDS,
    change_words,
    count,
    flips_words,
    gain,
    goal_short,
    goal_words,
    measured,
    p_value,
    price_words,
    rows_words,
    score,
    unmeasured,
)

INDENT = 10
SHOWN_TRIALS = 25

_SEVERITY_STYLE = {"critical": "alarm", "high": "red", "medium": "yellow", "low": "blue"}
_VERDICT_STYLE = {
    "proven-better": "green",
    "no-proven-difference": "bold",
    "no-trial-finished": "yellow",
}


def data_line(
    data: Data, work: int | None = None, test: int | None = None, console: Console = PLAIN
) -> str:
    """What was read: name, kind, classes, rows of the work and the unopened test split."""
    counts = data.counts()
    noun = "images" if data.kind == "images" else "rows"
    parts = [
        {"images": "images", "table": "table", "features": "features"}.get(data.kind, data.kind),
        f"{count(len(data.target))} {noun}",
        f"{data.n_classes} classes ({_smallest_and_largest(data, counts)})",
    ]
    if data.kind == "table":
        used = len(data.used_columns)
        aside = len(data.columns) - used
        parts.append(f"{used} column{'s' * (used != 1)}" + f" ({aside} set aside)" * (aside > 0))
    if work is not None and test is not None:
        parts.append(f"work {count(work)}" + f", test {count(test)} (unopened)" * (test > 0))
    lines = console.wrap(", ".join(parts), indent=INDENT, first=f"{printable(data.name)}  ")
    return "\n".join(lines)


def _smallest_and_largest(data: Data, counts: NDArray[np.int64]) -> str:
    order = sorted(range(data.n_classes), key=lambda k: counts[k])
    return " to ".join(
        f"{printable(data.classes[k])} {count(counts[k])}" for k in (order[-1], order[0])
    )


def baseline_text(
    model: str,
    seeds: int,
    folds: int,
    metrics: Mapping[str, Interval],
    n_classes: int,
    console: Console = PLAIN,
) -> str:
    """What the baseline is worth out of fold, beside guessing; 0 folds: the user's predictions."""
    figures = [f"{goal_words(name)} {interval}" for name, interval in metrics.items()]
    trained = (
        f"{model}, {folds} folds x {seeds} seed{'s' * (seeds != 1)}"
        if folds
        else "predictions as given"
    )
    text = f"{trained}: {', '.join(figures)}; guessing {1 / n_classes:.3f}"
    return "\n".join(console.wrap(text, indent=INDENT, first="baseline"))


def findings_text(
    findings: Sequence[Finding],
    quiet: int = 0,
    not_applicable: Sequence[tuple[str, str]] = (),
    console: Console = PLAIN,
) -> str:
    """The findings, worst first, then how many detectors were quiet and which could not run.

    ``not_applicable`` holds pairs of a detector's code and why it could not run.
    """
    lines: list[str] = []
    for finding in sorted(findings, key=lambda f: f.rank):
        lines += _finding_lines(finding, console)
    if not findings:
        lines.append("nothing found")
    if rest := _rest(quiet, not_applicable):
        lines += console.wrap(rest)
    return "\n".join(lines)


def finding_text(finding: Finding, console: Console = PLAIN) -> str:
    """One finding with its evidence and the remedies that treat it."""
    lines = _finding_lines(finding, console)
    for evidence in finding.evidence:
        lines += console.wrap(printable(evidence), indent=INDENT + 2, first=" " * INDENT + "- ")
    if finding.helps:
        lines += console.wrap(f"helps: {', '.join(finding.helps)}", indent=INDENT)
    return "\n".join(lines)


def _finding_lines(finding: Finding, console: Console) -> list[str]:
    word = finding.severity.upper().ljust(INDENT)
    title = f"{finding.code} {finding.name}"
    sure = f"sure {finding.confidence:.2f}"
    gap = " " * max(2, console.width - INDENT - len(title) - len(sure) - 2)
    head = (
        console.paint(word, _SEVERITY_STYLE[finding.severity])
        + console.paint(title, "bold")
        + gap
        + console.paint(sure, "dim")
    )
    return [head, *console.wrap(printable(finding.says), indent=INDENT)]


def _rest(quiet: int, not_applicable: Sequence[tuple[str, str]]) -> str:
    silent = f"{quiet} detector{' was' if quiet == 1 else 's were'} quiet." if quiet else ""
    if not not_applicable:
        return silent
    codes: dict[str, list[str]] = {}
    for code, why in not_applicable:
        codes.setdefault(why, []).append(code)
    reasons = ". ".join(_could_not(some, why) for why, some in codes.items())
    return f"{silent}  {len(not_applicable)} could not run: {printable(reasons)}.".strip()


def _could_not(codes: list[str], why: str) -> str:
    if len(codes) == 1:
        return f"{codes[0]} {why}"
    plural = f"need{why.removeprefix('needs')}" if why.startswith("needs ") else why
    return f"{', '.join(codes[:-1])} and {codes[-1]} {plural}"


def trials_table(
    trials: Iterable[Trial], goal: str, kept: str = "", console: Console = PLAIN
) -> str:
    """One row a trial: its goal, its gain over tuned-base, its worst class and what it changed.

    Ordered base, tuned-base, then the largest gain first; the kept one is starred. A trial that
    was stopped has fewer seeds behind its numbers; those without numbers stand below the table.
    """
    every = list(trials)
    rows = sorted((t for t in every if measured(t)), key=_order)
    shown = [t for i, t in enumerate(rows) if i < SHOWN_TRIALS or t.name == kept]
    name = max([12, *(min(len(t.name), 24, console.width - 64) for t in shown)])
    head = f"   {'trial':{name}}  {goal_short(goal):>7}  {'vs tuned-base':22}{'worst':>5} seeds  "
    start = next((t.start for t in shown if t.start and t.name != "tuned-base"), "base")
    lines = [console.paint(f"{head}from {start}", "bold")]
    for trial in shown:
        gained = "" if trial.name == "tuned-base" else gain(trial.vs_tuned_base)
        figures = f"{score(trial.goal.mean):>7}  {gained:22}"
        worst = trial.metrics.get("worst-class", Interval(math.nan))
        star = " * " if trial.name == kept else "   "
        first = f"{star}{fit(trial.name, name)}  {figures}{score(worst.mean):>5}{trial.seeds:>6}  "
        told = _what_changed(trial, next((t for t in every if t.name == "base"), None))
        wrapped = console.wrap(told, indent=len(head), first=first)
        block = [line.rstrip() for line in wrapped]
        style = "green" if trial.name == kept else "dim" if trial.state != "done" else ""
        lines += [console.paint(line, style) for line in block] if style else block
    if len(rows) > len(shown):
        lines.append(f"   ... {len(rows) - len(shown)} more: see the report")
    for why, names in unmeasured(every).items():
        lines += console.wrap(f"{printable(why)}: {', '.join(names)}", indent=3)
    return "\n".join(line.rstrip() for line in lines)


def _order(trial: Trial) -> tuple[int, float]:
    first = {"base": 0, "tuned-base": 1}.get(trial.name, 2)
    ended = {"done": 0, "stopped": 1, "failed": 2}[trial.state]
    gained = trial.vs_tuned_base.mean
    return (first + ended * (first == 2), 0.0 if math.isnan(gained) else -gained)


def _what_changed(trial: Trial, base: Trial | None) -> str:
    changed = "; ".join(change_words(change) for change in trial.changes)
    ended = f"failed: {trial.why}" if trial.state == "failed" else ""
    parts = (ended, changed, rows_words(trial), price_words(trial, base))
    return printable("; ".join(part for part in parts if part))


def verdict_text(
    verdict: Verdict, goal: str = "balanced-accuracy", console: Console = PLAIN
) -> str:
    """The verdict in its first sentence, then what the test split said and what it costs."""
    head = console.wrap(VERDICT_WORDS[verdict.state], indent=INDENT, first="verdict")
    lines = [console.paint(line, _VERDICT_STYLE[verdict.state]) for line in head]
    lines += console.wrap(printable(verdict.says), indent=INDENT)
    tried = f"{verdict.tried} tried" if verdict.tried else "nothing tried"
    kept = f"{printable(verdict.kept)} ({tried})"
    if verdict.test is None:
        return "\n".join([*lines, *console.wrap(kept, indent=INDENT, first="kept")])
    opened = f"{kept}; test split opened once: {_gained(verdict, goal)}"
    lines += console.wrap(opened, indent=INDENT, first="kept")
    if verdict.test.flips.n and verdict.kept != "base":
        lines += console.wrap(flips_words(verdict.test), indent=INDENT, first="cost")
    return "\n".join(lines)


def _gained(verdict: Verdict, goal: str) -> str:
    test = verdict.test or TestReport()
    base, kept = test.base.get(goal), test.kept.get(goal)
    rows = f"smallest class {test.smallest_class} row{'s' * (test.smallest_class != 1)}"
    if base is None or kept is None:
        return rows
    if verdict.kept == "base":
        return f"{goal_words(goal)} {base} ({rows})"
    return (
        f"{goal_words(goal)} {score(base.mean)} -> {kept}, {gain(test.difference)}"
        + (f", {p_value(test.difference.p)}" if not math.isnan(test.difference.p) else "")
        + f" ({rows})"
    )


def next_line(*commands: str, console: Console = PLAIN) -> str:
    """What to run next.

    >>> next_line("steelyard explain P301", "steelyard report")
    'next: steelyard explain P301 | steelyard report'
    """
    return "\n".join(console.wrap(" | ".join(commands), indent=6, first="next: "))
