"""Imbalanced data sets, made or cut out of balanced ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

from steelyard.kit.imbens.borrowed import borrowed

__all__ = [  # noqa: F822 - by __getattr__
    "fetch_openml_datasets",
    "fetch_zenodo_datasets",
    "generate_imbalance_data",
    "make_imbalance",
]

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


def fetch_openml_datasets(
    target_type: str = "all",
    imalance_type: str = "all",
    cat_preprocess: str = "onehot",
    data_home: Any = None,
) -> Any:
    """Refuses, and names what fetches one of them.

    The old function read its list of data sets from a file that was not shipped, so it never
    fetched anything. It would also have downloaded 73 tables, filled their gaps and standardised
    them on all rows, those of the test too.

    Raises
    ------
    NotImplementedError
        Always.
    """
    raise NotImplementedError(
        f"fetch_openml_datasets({target_type!r}, {imalance_type!r}) has no list of data sets; "
        "fetch one by its OpenML number: sklearn.datasets.fetch_openml(data_id=310) is "
        "mammography, or imbalanced-learn's 27 tables by fetch_zenodo_datasets()"
    )


def __getattr__(name: str) -> Any:
    if name not in BORROWED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return borrowed("datasets", BORROWED[name], __name__)
