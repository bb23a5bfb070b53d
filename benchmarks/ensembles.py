"""Ensembles for imbalanced tables beside their peers, in one run: fit seconds and what they reach.

python benchmarks/ensembles.py [--rows 100000] [--smoke] [--only self-paced]
    [--informative 8] [--clusters 3] [--separation 1.3]

The table is scikit-learn's make_classification: 20 columns, one minority row to 20 others, 1 % of
labels at random; as many rows again are the test. ``exact trees`` are the same methods on fully
grown trees of scikit-learn that read the numbers, which is what imbalanced-ensemble trains. Ratios
are peer's fit seconds over ours.
"""

import argparse
from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
from imblearn import ensemble as peer
from sklearn.datasets import make_classification
from sklearn.ensemble import AdaBoostClassifier, HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score
from sklearn.tree import DecisionTreeClassifier

from steelyard.kit import ensembles as ours
from steelyard.kit.metrics import brier, calibration_error

COLUMNS = ("fit s", "predict", "AP", "bal. acc.", "macro-F1", "Brier", "ECE", "train")
Models = dict[str, tuple[Callable[[], Any], str]]


def table(args: argparse.Namespace) -> tuple[np.ndarray, ...]:
    """X, y, X_test, y_test of a seed."""
    X, y = make_classification(
        2 * args.rows,
        20,
        n_informative=args.informative,
        n_redundant=4,
        n_clusters_per_class=args.clusters,
        weights=[20 / 21],
        flip_y=0.01,
        class_sep=args.separation,
        random_state=args.seed,
    )
    return X[: args.rows], y[: args.rows], X[args.rows :], y[args.rows :]


def models(n: int, seed: int) -> Models:
    """Name -> how it is made, and the name of ours that it is compared with."""
    exact = DecisionTreeClassifier()
    given: dict[str, Any] = {"random_state": seed}
    return {
        "histogram boosting": (lambda: HistGradientBoostingClassifier(**given), ""),
        "self-paced of boostings": (
            lambda: ours.SelfPacedEnsembleClassifier("boosting", max(n // 10, 3), **given),
            "",
        ),
        "self-paced": (lambda: ours.SelfPacedEnsembleClassifier(None, n, **given), ""),
        "  exact trees": (
            lambda: ours.SelfPacedEnsembleClassifier(exact, n, **given),
            "self-paced",
        ),
        "cascade": (lambda: ours.BalanceCascadeClassifier(None, n, **given), ""),
        "  exact trees ": (lambda: ours.BalanceCascadeClassifier(exact, n, **given), "cascade"),
        "under-bagging": (lambda: ours.UnderBaggingClassifier(None, n, **given), ""),
        "  exact trees  ": (
            lambda: ours.UnderBaggingClassifier(exact, n, **given),
            "under-bagging",
        ),
        "balanced forest": (
            lambda: ours.BalancedRandomForestClassifier(None, 2 * n, **given),
            "",
        ),
        "  imbalanced-learn": (
            lambda: peer.BalancedRandomForestClassifier(2 * n, **given),
            "balanced forest",
        ),
        "easy ensemble": (lambda: ours.EasyEnsembleClassifier(None, max(n // 5, 2), **given), ""),
        "  imbalanced-learn ": (
            lambda: peer.EasyEnsembleClassifier(max(n // 5, 2), AdaBoostClassifier(), **given),
            "easy ensemble",
        ),
        "RUSBoost": (lambda: ours.RUSBoostClassifier(None, n, **given), ""),
        "  imbalanced-learn  ": (
            lambda: peer.RUSBoostClassifier(None, n_estimators=n, **given),
            "RUSBoost",
        ),
        "over-bagging": (lambda: ours.OverBaggingClassifier(None, max(n // 5, 2), **given), ""),
        "SMOTE-bagging": (lambda: ours.SMOTEBaggingClassifier(None, max(n // 5, 2), **given), ""),
        "OverBoost": (lambda: ours.OverBoostClassifier(None, max(n // 5, 2), **given), ""),
        "SMOTEBoost": (lambda: ours.SMOTEBoostClassifier(None, max(n // 5, 2), **given), ""),
        "k-means SMOTEBoost": (
            lambda: ours.KMeansSMOTEBoostClassifier(None, max(n // 5, 2), **given),
            "",
        ),
        "AdaCost": (lambda: ours.AdaCostClassifier(None, max(n // 5, 2), **given), ""),
        "AdaUBoost": (lambda: ours.AdaUBoostClassifier(None, max(n // 5, 2), **given), ""),
        "AsymBoost": (lambda: ours.AsymBoostClassifier(None, max(n // 5, 2), **given), ""),
    }


def measure(name: str, model: Any, data: tuple[np.ndarray, ...]) -> dict[str, float]:
    """One fit and what it reaches on the test rows; processor seconds, all threads together."""
    X, y, X_test, y_test = data
    start = process_time()
    model.fit(X, y)
    fitted = process_time()
    proba = model.predict_proba(X_test)
    asked = process_time()
    # a plain learner decides at the prior, a re-balanced one at a half
    decided = proba[:, 1] > (y.mean() if name == "histogram boosting" else 0.5)
    row = {
        "fit s": fitted - start,
        "predict": asked - fitted,
        "AP": average_precision_score(y_test, proba[:, 1]),
        "bal. acc.": balanced_accuracy_score(y_test, decided),
        "macro-F1": f1_score(y_test, decided, average="macro"),
        "Brier": brier(y_test, proba),
        "ECE": calibration_error(y_test, proba),
        "train": np.nan,
    }
    if hasattr(model, "prior"):
        row["train"] = calibration_error(
            y_test, model.set_params(prior="train").predict_proba(X_test)
        )
    return row


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--members", type=int, default=50)
    parser.add_argument("--informative", type=int, default=8)
    parser.add_argument("--clusters", type=int, default=3)
    parser.add_argument("--separation", type=float, default=1.3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="part of the names to run")
    parser.add_argument("--smoke", action="store_true", help="2,000 rows and few members")
    args = parser.parse_args(arguments)
    if args.smoke:
        args.rows, args.members = 2_000, 10

    data, fits = table(args), dict[str, float]()
    print(
        f"{args.rows} rows x 20, IR {(1 - data[1].mean()) / data[1].mean():.0f}, fit of one thread"
    )
    print(
        f"ECE as predicted, and with prior='train'\n{'':26}" + "".join(f"{c:>10}" for c in COLUMNS)
    )
    for name, (make, compared) in models(args.members, args.seed).items():
        if args.only not in name and args.only not in compared:
            continue
        row = measure(name, make(), data)
        fits[name] = row["fit s"]
        ratio = f"  {row['fit s'] / fits[compared]:.1f}x slower" if compared else ""
        print(f"{name:26}" + "".join(f"{row[c]:10.3f}" for c in COLUMNS) + ratio, flush=True)


if __name__ == "__main__":
    main()
