"""One line of metrics."""

import sys
from collections.abc import Mapping
from typing import Any

from sklearn.metrics import balanced_accuracy_score, f1_score

from steelyard.kit.imbens import metrics


def evaluate_print(
    y_true: Any,
    y_pred: Any,
    head: str = "",
    eval_metrics: Mapping[str, tuple[Any, Mapping[str, Any]]] | None = None,
    print_str: bool = True,
    return_str: bool = False,
) -> str | None:
    """Print, and return if asked, the metrics of predictions ``(N,)``.

    Without ``eval_metrics`` balanced accuracy, macro-F1 and macro G-mean, the last of which needs
    imbalanced-learn.

    >>> evaluate_print([0, 0, 1], [0, 1, 1], "tree", {"macro F1": (f1_score, {"average": "macro"})})
    tree macro F1: 0.667
    """
    if eval_metrics is None:
        eval_metrics = {
            "balanced Acc": (balanced_accuracy_score, {}),
            "macro Fscore": (f1_score, {"average": "macro"}),
            "macro Gmean": (metrics.geometric_mean_score, {"average": "macro"}),
        }
    told = [f"{n}: {f(y_true, y_pred, **k):.3f}" for n, (f, k) in eval_metrics.items()]
    line = f"{head} {' | '.join(told)}"
    if print_str:
        sys.stdout.write(line + "\n")
    return line if return_str else None
