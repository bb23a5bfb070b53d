"""The first sentences of the report: what was wrong, what was gained, what it cost."""

import math

import numpy as np

from steelyard.core.finding import Finding
from steelyard.core.verdict import TestReport, Verdict
from steelyard.report.contents import Contents
from steelyard.report.words import count, family_words, flips_words, goal_words, score


def lead(contents: Contents) -> list[str]:
    """Two or three paragraphs; when nothing is proven, the first sentence says so."""
    verdict = contents.verdict
    if verdict is None:
        data = contents.plain["data"]
        about = f"{count(data['rows'])} rows in {len(contents.classes)} classes"
        return [
            f"Nothing has been tried yet: this is the examination of {about}.",
            _wrong(contents),
        ]
    if verdict.state == "proven-better":
        gained = [_gained(verdict, contents)]
        if verdict.test is not None and verdict.test.flips.n:
            gained.append(f"What it costs: {flips_words(verdict.test)}.")
        return [*gained, _wrong(contents)]
    plainly = {
        "no-proven-difference": "Nothing that was tried is proven to help on this data, "
        "so the base is kept.",
        "no-trial-finished": "No trial finished in the time given: nothing is proven, "
        "and the base is kept.",
    }[verdict.state]
    return [plainly, verdict.says, _wrong(contents)]


def _gained(verdict: Verdict, contents: Contents) -> str:
    words = family_words(verdict.kept)
    name = words if words == verdict.kept else f"{words[:1].upper()}{words[1:]} ({verdict.kept})"
    test = verdict.test or TestReport()
    base, kept = test.base.get(contents.goal), test.kept.get(contents.goal)
    if base is None or kept is None:
        return f"{name} is proven better than the base. {verdict.says}"
    return (
        f"{name} is proven better than the base: {goal_words(contents.goal)} "
        f"{score(base.mean)} → {score(kept.mean)} on the test split, which was opened once."
    )


def _wrong(contents: Contents) -> str:
    if not contents.findings:
        return "No illness was found."
    worst = contents.findings[0]
    more = len(contents.findings) - 1
    others = f" {more} more finding{'s' * (more != 1)} below." if more else ""
    return f"What was wrong: {_sentence(worst)}{others}"


def _sentence(finding: Finding) -> str:
    return f"{finding.name.replace('-', ' ')}. {finding.says.rstrip('. ')}."


def figures(contents: Contents) -> list[tuple[str, str, str]]:
    """The few large numbers under the lead: what it is, the number, and what stands beside it."""
    test = contents.verdict.test if contents.verdict else None
    if test is None or contents.goal not in test.base:
        return _data_figures(contents)
    base, smallest = test.base[contents.goal], f"{test.smallest_class}"
    name = goal_words(contents.goal)
    shown = [("smallest class in the test split", smallest, "rows")]
    if not contents.changed:
        return [(name, score(base.mean), _limits(base.low, base.high)), *shown]
    kept, difference, flips = test.kept[contents.goal], test.difference, test.flips
    arrow = f"{score(base.mean)} → {score(kept.mean)}"
    return [
        (name, arrow, f"kept {_limits(kept.low, kept.high)}"),
        (
            "gain over base",
            f"{difference.mean:+.3f}",
            _limits(difference.low, difference.high, "+"),
        ),
        ("rows lost and won", f"{flips.negative} / {flips.positive}", f"of {count(flips.n)}"),
        *shown,
    ]


def _limits(low: float, high: float, sign: str = "") -> str:
    return "" if math.isnan(low) else f"[{low:{sign}.3f}, {high:{sign}.3f}]"


def _data_figures(contents: Contents) -> list[tuple[str, str, str]]:
    counts = contents.counts
    largest, least = counts.max(), counts.min()
    ratio = f"{largest / least:.3g}" if least else "∞"
    shown = [
        ("rows", count(contents.plain["data"]["rows"]), f"in {len(counts)} classes"),
        ("largest / smallest class", ratio, f"{count(largest)} and {count(least)} rows"),
    ]
    if contents.confusions is not None:
        matrix = contents.confusions[0]
        n = matrix.sum(axis=1)
        recall = np.diag(matrix)[n > 0] / n[n > 0]
        shown.append(("balanced accuracy", score(recall.mean()), f"guessing {1 / len(n):.3f}"))
    return shown
