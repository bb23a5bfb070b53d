"""What frozen features are worth: the score of a simple classifier that has only them."""

from collections.abc import Iterator
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from steelyard.kit.metrics import score
from steelyard.kit.metrics.arrays import FloatArray, IntArray, label_array


class FeatureNetwork(Protocol):
    """A torch module with ``features`` (N, ...) -> (N, n_features)."""

    n_features: int
    training: bool

    def features(self, x: Tensor) -> Tensor:
        """What is known about each row, (N, n_features)."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """As of any module."""
        ...

    def train(self, mode: bool = True) -> Any:
        """As of any module."""
        ...


def device_of(network: FeatureNetwork) -> torch.device:
    """Where the first parameter is."""
    return next(iter(network.parameters())).device


@torch.no_grad()
def network_features(network: FeatureNetwork, images: Tensor, batch_size: int = 512) -> FloatArray:
    """``network.features`` of ``images (N, ...)`` in evaluation mode, (N, D) float64."""
    device, training = device_of(network), network.training
    network.train(False)
    starts = range(0, len(images), batch_size)
    parts = [network.features(images[i : i + batch_size].to(device)) for i in starts]
    network.train(training)
    return torch.cat(parts).double().cpu().numpy()


def features_worth(
    train_features: ArrayLike,
    train_target: ArrayLike,
    test_features: ArrayLike,
    test_target: ArrayLike,
    *,
    by: Literal["logistic", "neighbours"] = "logistic",
) -> float:
    """Balanced accuracy on test rows of a classifier on frozen features; 1/K is guessing.

    The linear evaluation by which pretraining is judged (Chen et al., SimCLR, ICML 2020, section
    2.3), with every class weighing the same. Features are standardised by the training rows.

    Parameters
    ----------
    train_features, test_features : (N, D) and (M, D)
    train_target, test_target : class numbers (N,) and (M,)
    by : class-weighted logistic regression, or the 5 nearest neighbours, each weighing the inverse
        of its class's frequency

    Raises
    ------
    ValueError
        Shapes do not fit, features that are not finite, an unknown ``by``.

    >>> features_worth([[0, 0], [1, 1]], [0, 1], [[0.1, 0], [2, 1]], [0, 1])
    1.0
    """
    from sklearn.linear_model import LogisticRegression  # slow to import, needed here only
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import StandardScaler

    X, y = _features(train_features, train_target, "train")
    new, truth = _features(test_features, test_target, "test")
    if new.shape[1] != X.shape[1] or by not in ("logistic", "neighbours"):
        raise ValueError(
            f"test_features {new.shape} must have the D of train_features {X.shape}, and by must "
            f"be 'logistic' or 'neighbours', got {by!r}"
        )
    scaler = StandardScaler().fit(X)
    X, new = scaler.transform(X), scaler.transform(new)
    if by == "logistic":
        model = LogisticRegression(class_weight="balanced", max_iter=5000).fit(X, y)
        predicted = model.predict(new)
    else:
        model = KNeighborsClassifier(min(NEIGHBOURS, len(y))).fit(X, y)
        votes = model.predict_proba(new) / np.unique(y, return_counts=True)[1]
        predicted = model.classes_[votes.argmax(axis=1)]
    return float(score("balanced-accuracy", truth, predicted))


NEIGHBOURS = 5


def _features(features: ArrayLike, target: ArrayLike, which: str) -> tuple[FloatArray, IntArray]:
    labels = label_array(target, f"{which}_target")
    matrix = np.asarray(features, dtype=np.float64)
    if matrix.ndim != 2 or len(matrix) != len(labels) or not np.isfinite(matrix).all():
        raise ValueError(
            f"{which}_features must be (N, D), finite, with the N = {len(labels)} of "
            f"{which}_target, got shape {matrix.shape}"
        )
    return matrix, labels
