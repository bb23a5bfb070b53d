"""A head that is not trained: the nearest class mean on standardised features."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from steelyard.engine.linear_head import LinearHead
from steelyard.kit.heads import NearestClassMean


def fit_class_means(
    X: NDArray[Any],
    target: NDArray[np.int64],
    n_classes: int,
    *,
    distance: str = "mahalanobis",
    shrinkage: float | None = None,
) -> LinearHead:
    """`NearestClassMean` of features (N, D), as the linear head that it amounts to."""
    rows = torch.from_numpy(np.array(X, np.float32))
    mean, scale = rows.mean(0), rows.std(0, correction=0)
    scale[scale <= 1e-5 * mean.abs().clamp(min=1)] = 1
    head = NearestClassMean.fit(
        (rows - mean) / scale, torch.from_numpy(np.array(target)), n_classes,
        distance=distance, shrinkage=shrinkage,  # type: ignore[arg-type]
    )  # fmt: skip
    if distance == "cosine":
        return LinearHead(mean, scale, [head.weight.T.contiguous(), head.bias], directions=True)
    bias = head.bias - head.weight @ head.centre
    return LinearHead(mean, scale, [head.weight.T.contiguous(), bias])
