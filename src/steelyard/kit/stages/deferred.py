"""Deferred re-weighting and re-sampling (DRW, DRS): as the data are first, class-balanced late."""

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.losses.class_weights import class_weights, read_counts
from steelyard.kit.metrics.arrays import FloatArray

BETA = 0.9999  # of the paper's code


def deferred_weights(
    counts: ArrayLike,
    progress: float,
    start: float = 0.8,
    scheme: str = "effective",
    beta: float = BETA,
) -> FloatArray:
    """Class weights of this moment: ones before ``start``, those of ``class_weights`` from it on.

    Cao et al., Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss, NeurIPS
    2019, section 3.3 and algorithm 1: let the learning rate drop where the weights set in, so that
    they move the boundary and leave the features. The official code has both at epoch 160 of 200;
    here it is a fraction of the run, whatever its length.

    Parameters
    ----------
    counts : (K,) rows a class
    progress : share of the run that is done, in [0, 1]: ``epoch / n_epochs``, epochs from 0
    start : where the weights set in, in [0, 1]; 0 weights from the beginning, which costs accuracy
    scheme, beta : as in ``class_weights``

    Returns
    -------
    (K,) float64. Their mean over the training rows is 1 before and after, so that a ``mean`` over
    rows keeps its scale; the official weights are the same times a constant, and a
    ``weighted_mean`` removes it.

    Raises
    ------
    ValueError
        ``progress`` or ``start`` outside [0, 1], and as ``class_weights``.

    >>> deferred_weights([90, 10], 0.79)
    array([1., 1.])
    >>> deferred_weights([90, 10], 0.8, scheme="inverse")
    array([0.55555556, 5.        ])
    """
    weights = class_weights(counts, scheme, beta)  # told on the first epoch, not on the last
    return weights if _has_begun(progress, start) else np.ones(weights.size)


def deferred_probabilities(
    counts: ArrayLike,
    progress: float,
    start: float = 0.8,
    scheme: str = "effective",
    beta: float = BETA,
) -> FloatArray:
    """How likely a row of each class is to be drawn at this moment: ``n_k w_k / N``.

    Deferred re-sampling of Cao et al., NeurIPS 2019, section 5.1: the weights ``w`` of
    `deferred_weights` in the sampler, not in the loss. ``inverse`` draws every class alike.

    Parameters
    ----------
    counts, progress, start, scheme, beta : as in `deferred_weights`

    Returns
    -------
    (K,) float64 that sums to 1; 0 for a class without rows.

    Raises
    ------
    ValueError
        As `deferred_weights`.

    >>> deferred_probabilities([90, 10], 0.5)
    array([0.9, 0.1])
    >>> deferred_probabilities([90, 10], 0.9, scheme="inverse")
    array([0.5, 0.5])
    """
    n = read_counts(counts)
    return np.asarray(n * deferred_weights(n, progress, start, scheme, beta) / n.sum())


def _has_begun(progress: float, start: float) -> bool:
    for name, value in (("progress", progress), ("start", start)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is a fraction of the run, in [0, 1]; got {value}")
    return progress >= start
