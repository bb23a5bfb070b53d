"""Cleaning samplers beside imbalanced-learn's, each in a process of its own.

python benchmarks/cleaning.py [--rows 100000] [--columns 20] [--ratio 20] [--separation 1.0]
    [--near-miss-rows N] [--threads 1] [--smoke]

Processor seconds and peak memory above the table itself, one thread. imbalanced-learn's NearMiss-2
keeps the distances between all rows and the whole smallest class: where that is more than 4 GiB,
both sides run on fewer rows and the line says so; ours runs at the full size as well.
"""

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import warnings
from time import process_time

SAMPLERS = {
    "Tomek": ("TomekLinks", {}),
    "ENN": ("EditedNearestNeighbours", {}),
    "ENN mode": ("EditedNearestNeighbours", {"kind_sel": "mode"}),
    "NearMiss-2": ("NearMiss", {"version": 2}),
}
MOST_BYTES = 4 * 1024**3
BYTES_A_DISTANCE = 24  # the heap's, the sorted copy's and the index; measured 7.6 GiB at 100,000


def table(rows: int, columns: int, ratio: float, separation: float):
    from sklearn.datasets import make_classification

    return make_classification(
        rows,
        columns,
        n_informative=columns // 2,
        n_redundant=2,
        weights=[ratio / (ratio + 1)],
        class_sep=separation,
        flip_y=0.01,
        random_state=0,
    )


def one(task: dict) -> dict:
    """Processor seconds, MiB above the table, rows left and their digest, for one sampler."""
    if task["side"] == "ours":
        from steelyard.kit import resampling as module
    else:
        from imblearn import under_sampling as module
    warnings.simplefilter("ignore")
    name, parameters = SAMPLERS[task["sampler"]]
    small = table(300, task["columns"], 3.0, 1.0)
    getattr(module, name)(**parameters).fit_resample(*small)  # loads what is loaded on first use
    X, y = table(task["rows"], task["columns"], task["ratio"], task["separation"])
    before = peak_mib()
    sampler = getattr(module, name)(**parameters)
    start = process_time()
    sampler.fit_resample(X, y)
    seconds = process_time() - start
    digest = hashlib.sha256(sampler.sample_indices_.astype("int64").tobytes()).hexdigest()
    left = int(sampler.sample_indices_.size)
    return {"seconds": seconds, "mib": peak_mib() - before, "left": left, "digest": digest}


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(task: dict, threads: int) -> dict:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    run = subprocess.run(
        [sys.executable, __file__, "--one", json.dumps(task)],
        env=os.environ | dict.fromkeys(names, str(threads)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--ratio", type=float, default=20.0)
    parser.add_argument("--separation", type=float, default=1.0)
    parser.add_argument("--near-miss-rows", type=int, help="both sides' rows for NearMiss-2")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="3000 rows: does it run at all")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.one:
        print(json.dumps(one(args.one)))
        return
    if args.smoke:
        args.rows = 3000

    print(
        f"{args.rows} rows, {args.columns} columns, {args.ratio:g}:1, separation "
        f"{args.separation:g}, {args.threads} thread; processor seconds, peak MiB above the table"
    )
    print(f"{'':12}{'rows':>9}{'left':>9}{'ours':>9}{'theirs':>9}{'ratio':>8}{'MiB':>8}{'MiB':>9}")
    for sampler in SAMPLERS:
        facts = {name: getattr(args, name) for name in ("columns", "ratio", "separation")}
        task = {"sampler": sampler, "rows": args.rows, **facts}
        if sampler == "NearMiss-2":
            # rows x rows / ratio distances must fit
            fitting = int((MOST_BYTES / BYTES_A_DISTANCE * (args.ratio + 1)) ** 0.5)
            both = args.near_miss_rows or min(args.rows, fitting)
            if both < args.rows:
                mine = measured(task | {"side": "ours"}, args.threads)
                print(line(sampler, args.rows, mine, None))
            task["rows"] = both
        mine, theirs = (measured(task | {"side": s}, args.threads) for s in ("ours", "theirs"))
        print(line(sampler, task["rows"], mine, theirs), flush=True)


def line(sampler: str, rows: int, mine: dict, theirs: dict | None) -> str:
    start = f"{sampler:12}{rows:9}{mine['left']:9}{mine['seconds']:9.2f}"
    if theirs is None:
        return f"{start}{'':>9}{'':>8}{mine['mib']:8.0f}{'':>9}  theirs needs over 4 GiB"
    same = "same rows" if mine["digest"] == theirs["digest"] else "OTHER ROWS"
    ratio = theirs["seconds"] / mine["seconds"]
    seconds = f"{theirs['seconds']:9.2f}{ratio:7.1f}x"
    return f"{start}{seconds}{mine['mib']:8.0f}{theirs['mib']:9.0f}  {same}"


if __name__ == "__main__":
    main()
