"""How likely each class is to be drawn, from its count; numpy only."""

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.losses.class_weights import class_weights
from steelyard.kit.metrics.arrays import FloatArray


def power_probabilities(counts: ArrayLike, q: float) -> FloatArray:
    """``n_j ** q / sum_i n_i ** q``, Kang et al., Decoupling, ICLR 2020, equation 1.

    Parameters
    ----------
    counts : (K,) rows a class
    q : 1 draws as the data are (instance-balanced), 0 every class alike (class-balanced),
        1/2 in between (square root); -1 is the reversed sampler of BBN (Zhou et al., CVPR 2020,
        section 4.1), which draws the rarest most often

    Returns
    -------
    (K,) float64 that sums to 1; 0 for a class without rows.

    Raises
    ------
    ValueError
        ``counts`` are no counts, or ``q`` is not finite.

    >>> power_probabilities([90, 10], q=0.5)
    array([0.75, 0.25])
    """
    if not np.isfinite(q):
        raise ValueError(f"q must be a finite number, got {q}")
    n = _counts(counts)
    mass = np.zeros(n.size)
    # Scaled by the largest, so that no power overflows.
    mass[n > 0] = np.exp(q * np.log(n[n > 0]) - (q * np.log(n[n > 0])).max())
    return np.asarray(mass / mass.sum())


def effective_number_probabilities(counts: ArrayLike, beta: float = 0.999) -> FloatArray:
    """Each row drawn by its class's effective-number weight ``(1 - beta) / (1 - beta ** n_j)``.

    Cui et al., Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019, equation 2;
    beta 0 draws as the data are, 1 every class alike.

    Parameters
    ----------
    counts : (K,) rows a class
    beta : in [0, 1]

    Returns
    -------
    (K,) float64 that sums to 1; 0 for a class without rows.

    Raises
    ------
    ValueError
        ``counts`` are no counts, or beta outside [0, 1].

    >>> effective_number_probabilities([2, 1], beta=0.5)
    array([0.57142857, 0.42857143])
    """
    mass = _counts(counts) * class_weights(counts, "effective", beta)
    return np.asarray(mass / mass.sum())


def progressively_balanced_probabilities(counts: ArrayLike, progress: float) -> FloatArray:
    """From the data's own distribution to the even one, Kang et al., ICLR 2020, equation 2.

    ``(1 - t/T) p_instance + (t/T) p_class``

    Parameters
    ----------
    counts : (K,) rows a class
    progress : t/T in [0, 1]

    Returns
    -------
    (K,) float64 that sums to 1; 0 for a class without rows.

    Raises
    ------
    ValueError
        ``counts`` are no counts, or ``progress`` outside [0, 1].

    >>> progressively_balanced_probabilities([90, 10], progress=0.5)
    array([0.7, 0.3])
    """
    if not 0 <= progress <= 1:
        raise ValueError(f"progress must be in [0, 1], got {progress}")
    own, even = power_probabilities(counts, 1), power_probabilities(counts, 0)
    return np.asarray((1 - progress) * own + progress * even)


def _counts(counts: ArrayLike) -> FloatArray:
    n = np.asarray(counts, dtype=np.float64)
    class_weights(n, "none")  # raises, in the words of the losses, where these are no counts
    return n
