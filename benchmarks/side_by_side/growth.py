"""How fit seconds and memory grow with rows, up to a limit that is kept."""

from collections.abc import Callable, Sequence

import numpy as np

from side_by_side.made import Made
from side_by_side.race import Race, shown
from side_by_side.running import Outcome

ASYMPTOTIC = 30_000  # rows from which on the exponent is fitted
ByRows = dict[int, Outcome]


def growth(race: Race, sizes: Sequence[int], made: Callable[[int], Made]) -> None:
    """A line a method; one that failed or took longer than the limit is asked for no more rows."""
    sizes, limit = sorted(sizes), race.limit
    print("fit seconds of the processor and peak MiB by rows", end="; ")
    print(f"> {limit:g}: was ended after so many; -: fewer rows took too long or failed")
    print(f"{'':26}" + "".join(f"{n:>16,}" for n in sizes) + "  exponent")
    taken: dict[tuple[str, str], ByRows] = {}
    for n in sizes:
        one = made(n)
        with race.on(one.name, 0, one.arrays) as outcome:
            for library, method, _ in race.lines():
                by_rows = taken.setdefault((library, method), {})
                if all(_within(one, limit) for one in by_rows.values()):
                    by_rows[n] = outcome(library, method)
                if n == sizes[-1]:
                    print(line(library, method, by_rows, sizes), flush=True)
    for (library, method), by_rows in taken.items():
        for n, one in by_rows.items():
            if one.error and not one.limit:
                print(f"{library} {method}, {n:,} rows, failed: {one.error}")
    for library, why in race.absent.items():
        print(f"{library} skipped: {why}")


def _within(one: Outcome, limit: float) -> bool:
    return not one.error and one.numbers["fit"] <= limit


def line(library: str, method: str, by_rows: ByRows, sizes: Sequence[int]) -> str:
    """Cells of one method, and the slope of log seconds by log rows."""
    cells = "".join(_cell(by_rows.get(n)) for n in sizes)
    done = [n for n, one in by_rows.items() if not one.error]
    above = [n for n in done if n >= ASYMPTOTIC] or done
    slope = "-"
    if len(above) > 1:
        seconds = [by_rows[n].numbers["fit"] for n in above]
        slope = f"{np.polyfit(np.log(above), np.log(seconds), 1)[0]:.2f}"
    return f"{shown(library, method):26}{cells}  {slope:>8}"


def _cell(one: Outcome | None) -> str:
    if one is None:
        return f"{'-':>9}{'':7}"
    if one.limit:
        return f"{f'> {one.limit:g}':>9}{'':7}"
    if one.error:
        return f"{'failed':>9}{'':7}"
    return f"{one.numbers['fit']:9.2f}{one.numbers['memory']:7.0f}"
