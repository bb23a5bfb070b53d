"""The learning curves of an exam as matrices, and the yardstick for their losses."""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.kit.intervals import Interval

FloatArray = NDArray[np.float64]


def curves_of(exam: Exam) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Training and held-out loss (n_curves, n_steps) and the steps (n_steps,).

    Curves that ran longer are cut to the shortest. Raises `NotApplicable` without curves.
    """
    length = min((c.steps.size for c in exam.curves), default=0)
    if length < 2:
        raise NotApplicable("needs learning curves; this model has none, or none ran")
    train = np.stack([c.train_loss[:length] for c in exam.curves])
    val = np.stack([c.val_loss[:length] for c in exam.curves])
    return train, val, exam.curves[0].steps[:length]


def class_entropy(exam: Exam) -> float:
    """Nats of the class shares: the log-loss of a model that knows nothing else."""
    share = exam.counts[exam.counts > 0] / exam.counts.sum()
    return float(-(share * np.log(share)).sum())


def mean_interval(values: FloatArray) -> Interval[float]:
    """Mean over the curves with its 95 % t-interval; one curve has no limits (NaN)."""
    from scipy.stats import t

    mean, n = float(values.mean()), values.size
    half = float(t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return Interval(mean, mean - half, mean + half)
