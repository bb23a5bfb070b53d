"""Imbalanced data sets, made or cut out of balanced ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

from steelyard.kit.imbens.borrowed import borrowed

__all__ = ["fetch_zenodo_datasets", "generate_imbalance_data", "make_imbalance"]  # noqa: F822

BORROWED = {"make_imbalance": "make_imbalance", "fetch_zenodo_datasets": "fetch_datasets"}


def generate_imbalance_data(
    n_samples: int = 200,
    weights: Sequence[float] = (0.9, 0.1),
    test_size: float = 0.5,
    random_state: Any = None,
    kwargs: Mapping[str, Any] | None = None,
) -> list[Any]:
    """``X_train, X_test, y_train, y_test`` with as many classes as ``weights``.

    ``kwargs`` go to scikit-learn's ``make_classification``.

    >>> X_train, X_test, y_train, y_test = generate_imbalance_data(100, random_state=0)
    >>> X_train.shape, y_test.shape, int(y_train.sum())
    ((50, 20), (50,), 5)
    """
    X, y = make_classification(
        n_classes=len(weights),
        n_samples=n_samples,
        weights=list(weights),
        random_state=random_state,
        **(kwargs or {}),
    )
    halves: list[Any] = train_test_split(
        X, y, test_size=test_size, stratify=y, random_state=random_state
    )
    return halves


def __getattr__(name: str) -> Any:
    if name not in BORROWED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return borrowed("datasets", BORROWED[name], __name__)
