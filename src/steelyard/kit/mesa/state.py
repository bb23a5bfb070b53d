"""What the meta-sampler sees of an ensemble: how its errors are spread, whatever the table."""

import numpy as np

from steelyard.kit.metrics.arrays import FloatArray


def error_histogram(error: FloatArray, bins: int) -> FloatArray:
    """Heights ``(bins,)`` of the density of errors ``(N,)`` in [0, 1]; 1 each if spread evenly.

    Liu et al., NeurIPS 2020, equation 1, times ``bins`` so that the mean height is 1 and no number
    of bins makes the network's input small. The last bin holds the error 1.

    >>> error_histogram(np.array([0.0, 0.1, 0.5, 1.0]), 2)
    array([1., 1.])
    """
    number = np.minimum((error * bins).astype(np.int64), bins - 1)
    return np.asarray(np.bincount(number, minlength=bins) * bins / len(error), dtype=np.float64)


def meta_state(train_error: FloatArray, validation_error: FloatArray, bins: int) -> FloatArray:
    """``(2 * bins,)``: the histogram of the training rows, then that of the validation rows.

    Equation 2. Heavy last bins in both say that the ensemble underfits, in the second half alone
    that it overfits. The size of the tables does not enter, so an agent can move to another one.
    """
    return np.concatenate(
        [error_histogram(train_error, bins), error_histogram(validation_error, bins)]
    )
