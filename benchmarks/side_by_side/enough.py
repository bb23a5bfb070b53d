"""How long we fit until we reach what the old library reaches with its ensemble of usual size.

A stump of ours is not a stump of theirs: equal numbers of members compare neither time at equal
quality nor quality at equal time. Here ours grow until the mean average precision and the mean
balanced accuracy over the tables are both no lower than theirs. The fewest are chosen on the tables
they are shown for, so a tie within the noise falls to us: the metrics of both stand beside them.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack

import numpy as np

from side_by_side.contestants import FOURTEEN, OLD, OURS
from side_by_side.made import Made
from side_by_side.race import Ask, Race, members
from side_by_side.running import Outcome

TRIED = (1, 2, 3, 5, 10, 20, 50, 100)
REACHED = ("AP", "bal. acc.")
HEADS = ("members", "grown", "fit s", *REACHED)


def enough(race: Race, one: Made, seeds: int, tried: Sequence[int] = TRIED) -> None:
    """One line a method: theirs, ours, and how many times longer they fit."""
    args = race.args
    print(f"{one.rows} rows x 20, IR 20, {seeds} tables: our fewest members that reach theirs")
    side = "".join(f"{head:>10}" for head in HEADS)
    print(f"{'':20}{'imbalanced-ensemble':>50}  {'ours':>50}")
    print(f"{'':20}{side}  {side}  ratio")
    if OLD in race.absent:
        print(f"{OLD} skipped: {race.absent[OLD]}")
        return
    with ExitStack() as stack:
        asks = [stack.enter_context(_table(race, one, seed)) for seed in range(seeds)]
        for method in filter(race.wanted, FOURTEEN):
            size = members(method, args.members, args.part)
            print(line(method, *reached(method, asks, size, tried)), flush=True)


def _table(race: Race, one: Made, seed: int) -> AbstractContextManager[Ask]:
    name = one.name + f", seed {seed}" * bool(seed)  # as --part made calls it
    return race.on(name, 0, lambda _: one.arrays(seed))


def reached(
    method: str, asks: Sequence[Ask], size: int, tried: Sequence[int]
) -> tuple[list[Outcome], list[Outcome], bool]:
    """Their outcomes, ours with the fewest members that reach them (or the most), and whether.

    Tables on which theirs failed count for neither.
    """
    theirs = [ask(OLD, method, size) for ask in asks]
    fair = [ask for ask, one in zip(asks, theirs) if not one.error]
    ours: list[Outcome] = []
    for n in tried if fair else ():
        ours = [ask(OURS, method, n) for ask in fair]
        if any(one.error for one in ours):
            break
        done = [one for one in theirs if not one.error]
        if all(_mean(ours, metric) >= _mean(done, metric) for metric in REACHED):
            return theirs, ours, True
    return theirs, ours, False


def _mean(side: Sequence[Outcome], number: str) -> float:
    return float(np.mean([one.numbers.get(number, np.nan) for one in side]))


def line(method: str, theirs: list[Outcome], ours: list[Outcome], found: bool) -> str:
    """Means over tables; ``grown`` is how many members there were after the fit."""
    done = [one for one in theirs if not one.error]
    if not done:
        return f"{method:20}theirs failed: {theirs[0].error[:60]}"
    if wrong := next((one.error for one in ours if one.error), ""):
        return f"{method:20}{_cells(done)}  ours failed: {wrong[:60]}"
    ratio = f"{_mean(done, 'fit') / _mean(ours, 'fit'):6.1f}x" if found else "  not reached"
    lost = len(theirs) - len(done)
    note = f"  theirs failed on {lost} of {len(theirs)}" if lost else ""
    return f"{method:20}{_cells(done)}  {_cells(ours)}{ratio}{note}"


def _cells(side: list[Outcome]) -> str:
    grown = f"{_mean(side, 'grown'):.4g}"
    text = f"{side[0].members:10}{grown:>10}{_mean(side, 'fit'):10.2f}"
    return text + "".join(f"{_mean(side, metric):10.4f}" for metric in REACHED)
