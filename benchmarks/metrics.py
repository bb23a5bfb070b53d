"""Metrics beside scikit-learn's on the same arrays, in one process: seconds and the ratio.

python benchmarks/metrics.py [--rows 1000000] [--classes 10] [--repeats 3]
"""

import argparse
from collections.abc import Callable
from time import perf_counter

import numpy as np
from sklearn import metrics as peer

from steelyard.kit import metrics as ours

Job = Callable[[], dict[str, float]]


def predictions(rows: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """``target (N,)`` with a mild tail and ``proba (N, K)`` of a model that knows something."""
    rng = np.random.default_rng(seed)
    prior = np.geomspace(1.0, 0.1, classes)
    target = rng.choice(classes, size=rows, p=prior / prior.sum())
    target[:classes] = np.arange(classes)
    logits = rng.normal(size=(rows, classes))
    logits[np.arange(rows), target] += 1.0
    proba = np.exp(logits)
    return target, proba / proba.sum(axis=1, keepdims=True)


def rankings(target: np.ndarray, proba: np.ndarray) -> tuple[Job, Job]:
    """AUC and average precision of every class, macro-averaged: ours and the peer's."""

    def mine() -> dict[str, float]:
        summary = ours.ranking_summary(target, proba)
        return {"auc": summary.roc_auc.mean(), "ap": summary.average_precision.mean()}

    def theirs() -> dict[str, float]:
        one_hot = (target[:, None] == np.arange(proba.shape[1])).astype(int)
        return {
            "auc": peer.roc_auc_score(one_hot, proba, average="macro"),
            "ap": peer.average_precision_score(one_hot, proba, average="macro"),
        }

    return mine, theirs


def decisions(target: np.ndarray, predicted: np.ndarray, classes: int) -> tuple[Job, Job]:
    """Everything the confusion matrix tells: ours and the peer's calls that add up to it."""

    def mine() -> dict[str, float]:
        summary = ours.classification_summary(target, predicted, classes)
        return {
            "accuracy": summary.accuracy,
            "balanced accuracy": summary.balanced_accuracy,
            "kappa": summary.cohen_kappa,
            "mcc": summary.matthews,
            **{f"{kind} f1": row["f1"] for kind, row in summary.averages.items()},
        }

    def theirs() -> dict[str, float]:
        peer.confusion_matrix(target, predicted)
        peer.precision_recall_fscore_support(target, predicted, zero_division=0)
        averages = {
            f"{kind} f1": peer.precision_recall_fscore_support(
                target, predicted, average=kind, zero_division=0
            )[2]
            for kind in ("macro", "micro", "weighted")
        }
        return {
            "accuracy": peer.accuracy_score(target, predicted),
            "balanced accuracy": peer.balanced_accuracy_score(target, predicted),
            "kappa": peer.cohen_kappa_score(target, predicted),
            "mcc": peer.matthews_corrcoef(target, predicted),
            **averages,
        }

    return mine, theirs


def confusions(target: np.ndarray, predicted: np.ndarray, classes: int) -> tuple[Job, Job]:
    """The confusion matrix alone: the part of the peer's work that it does once a metric."""
    return (
        lambda: {"hits": np.trace(ours.confusion_matrix(target, predicted, classes))},
        lambda: {"hits": np.trace(peer.confusion_matrix(target, predicted))},
    )


def best_time(job: Job, repeats: int) -> tuple[float, dict[str, float]]:
    """Shortest of the runs: what other programs do on the machine only ever adds."""
    seconds = []
    for _ in range(repeats):
        start = perf_counter()
        answer = job()
        seconds.append(perf_counter() - start)
    return min(seconds), answer


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args(arguments)

    target, proba = predictions(args.rows, args.classes)
    predicted = proba.argmax(axis=1)
    jobs = {
        "ROC AUC + AP, macro": rankings(target, proba),
        "same, scores with ties": rankings(target, proba.round(3)),
        "all of the confusion": decisions(target, predicted, args.classes),
        "confusion matrix only": confusions(target, predicted, args.classes),
    }
    print(f"{args.rows} rows x {args.classes} classes, best of {args.repeats}, seconds")
    print(f"{'':24}{'steelyard':>10}{'sklearn':>10}{'ratio':>8}{'largest difference':>22}")
    for name, (mine, theirs) in jobs.items():
        (fast, answer), (slow, oracle) = (best_time(job, args.repeats) for job in (mine, theirs))
        apart = max(abs(answer[key] - oracle[key]) for key in oracle)
        print(f"{name:24}{fast:10.4f}{slow:10.4f}{slow / fast:7.0f}x{apart:22.1e}")
        if apart > 1e-9:
            raise SystemExit(f"{name}: ours {answer}, scikit-learn's {oracle}")


if __name__ == "__main__":
    main()
