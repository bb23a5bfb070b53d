"""What a model reaches, from its probabilities: the same functions for every library."""

import numpy as np
from sklearn.metrics import average_precision_score

from steelyard.kit.metrics import balanced_accuracy, brier, calibration_error, macro_f1

METRICS = ("AP", "bal. acc.", "macro-F1", "Brier", "ECE")
HIGHER_IS_BETTER = {"AP", "bal. acc.", "macro-F1"}


def measured(
    y: np.ndarray, y_test: np.ndarray, proba: np.ndarray, decided: np.ndarray | None = None
) -> dict[str, float]:
    """Metrics of ``proba (N, K)`` as it decides by itself, and with the threshold at the prior.

    By itself it decides for the likeliest class, or as ``decided (N,)`` says.

    AP is that of class 1 of two, else the mean over the classes that the test has. At the prior:
    the class whose probability is highest in units of its share of the training rows ``y``.
    """
    K = proba.shape[1]
    prior = np.bincount(y, minlength=K) / len(y)
    asked = [1] if K == 2 else [k for k in range(K) if (y_test == k).any()]
    ap = np.mean([average_precision_score(y_test == k, proba[:, k]) for k in asked])
    plain = proba.argmax(1) if decided is None else decided
    moved = (proba / prior).argmax(1)
    return {
        "AP": float(ap),
        "bal. acc.": float(balanced_accuracy(y_test, plain)),
        "macro-F1": float(macro_f1(y_test, plain)),
        "Brier": float(brier(y_test, proba)),
        "ECE": float(calibration_error(y_test, proba)),
        "bal. acc. at prior": float(balanced_accuracy(y_test, moved)),
        "macro-F1 at prior": float(macro_f1(y_test, moved)),
    }
