"""The text of ``steelyard compare``: two by two, the classes that moved, and the gate."""

import math

import numpy as np

from steelyard.kit.intervals import wilson
from steelyard.report.console import PLAIN, Console, fit
from steelyard.report.decisions import Comparison
from steelyard.report.words import count, p_value, percent, score

SHOWN_CLASSES = 12
BAR = 8


def compare_text(
    comparison: Comparison,
    names: tuple[str, str] = ("base", "new"),
    *,
    rows: str = "test rows",
    seed_to_seed: float = math.nan,
    every_class: bool = False,
    max_negative_flips: float | None = None,
    console: Console = PLAIN,
) -> str:
    """What ``names[1]`` wins and loses against ``names[0]``.

    ``seed_to_seed`` is the share of negative flips between two seeds of one recipe.
    ``max_negative_flips`` is the gate: a share of all rows (`gate_text`).
    """
    lines = [*_two_by_two(comparison, names, rows, console), ""]
    lines += console.wrap(_in_words(comparison, seed_to_seed))
    lines += ["", *_classes(comparison, names, every_class, console)]
    if max_negative_flips is not None:
        lines.append(gate_text(comparison, max_negative_flips))
    return "\n".join(line.rstrip() for line in lines)


def gate_text(comparison: Comparison, limit: float) -> str:
    """Whether the negative flips stay within ``limit``, a share of all rows."""
    rate = comparison.flips.negative_rate
    if rate > limit:
        return f"gate: negative flips {rate:.3f} is over {limit:.3f}: FAIL (exit code 1)"
    return f"gate: negative flips {rate:.3f} is not over {limit:.3f}: pass"


def _two_by_two(
    comparison: Comparison, names: tuple[str, str], rows: str, console: Console
) -> list[str]:
    flips = comparison.flips
    old, new = (fit(name, min(len(name), 16)) for name in names)
    wide = max(len(old) + 6, 8)
    title = fit(f"{count(flips.n)} {rows}", 24)
    cells = [(f"{new} right", flips.both_right, flips.positive)]
    cells += [(f"{new} wrong", flips.negative, flips.both_wrong)]
    head = f"{title}  {old + ' right':>{wide}}  {old + ' wrong':>{wide}}"
    return [
        console.paint(head, "bold"),
        *(f"{name:>24}  {a:>{wide}}  {b:>{wide}}" for name, a, b in cells),
    ]


def _in_words(comparison: Comparison, seed_to_seed: float) -> str:
    flips = comparison.flips
    low, high = wilson(flips.negative, flips.n)[1:]
    rate = f"{percent(flips.negative_rate)} [{100 * low:.1f}, {100 * high:.1f}]"
    beside = "" if math.isnan(seed_to_seed) else f"; two seeds of the base: {percent(seed_to_seed)}"
    return (
        f"McNemar exact {p_value(comparison.p)}, net {flips.net:+d}, negative flips {rate}{beside}"
    )


def _classes(
    comparison: Comparison, names: tuple[str, str], every_class: bool, console: Console
) -> list[str]:
    n = comparison.per_class()
    lost, gained = comparison.per_class(comparison.lost), comparison.per_class(comparison.gained)
    right = comparison.per_class(comparison.old == comparison.target)
    change = (gained - lost) / np.maximum(n, 1)
    moved = sorted(range(len(n)), key=lambda k: (-change[k], -n[k]))
    most = sorted(moved, key=lambda k: -(lost[k] + gained[k]))[:SHOWN_CLASSES]
    shown = moved if every_class else [k for k in moved if k in most]
    longest = max([lost[k] for k in shown] + [gained[k] for k in shown] + [1])
    old, new = names if max(len(name) for name in names) <= 6 else ("before", "after")
    bars = f"  {'loses':>{BAR}} | {'gains':<{BAR}}" if console.bars else ""
    bars += "  most lost to"
    head = f"{'class':18} {'n':>6} {old:>6} {new:>6} {'lost':>5} {'gained':>6}{bars}"
    lines = [console.paint(head, "bold")]
    for k in shown:
        before = right[k] / max(n[k], 1)
        after = before + change[k]
        figures = (
            f"{n[k]:>6} {score(before, 2):>6} {score(after, 2):>6} {lost[k]:>5} {gained[k]:>6}"
        )
        drawn = _bar(lost[k], gained[k], longest, console)
        lines.append(f"{fit(comparison.classes[k], 18)} {figures}{drawn}  {_where(comparison, k)}")
    if len(shown) < len(moved):
        lines.append(f"... {len(moved) - len(shown)} more classes: --all")
    return lines


def _bar(lost: int, gained: int, longest: int, console: Console) -> str:
    if not console.bars:
        return ""
    left, right = (math.ceil(BAR * n / longest) for n in (lost, gained))
    loss, win = console.paint("#" * left, "red"), console.paint("#" * right, "green")
    return f"  {' ' * (BAR - left)}{loss} | {win}{' ' * (BAR - right)}"


def _where(comparison: Comparison, k: int) -> str:
    taken = comparison.lost_to(k)
    if taken is None or taken[1] < 2:  # a single row is no direction
        return ""
    return f"{fit(comparison.classes[taken[0]], 10).strip()} ({taken[1]})"
