"""Posterior re-calibration, which is post-hoc logit adjustment under another name."""

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.posthoc.logit_adjusted import adjust_logits, log_frequencies, log_prior
from steelyard.kit.posthoc.prior_estimate import proba_alone
from steelyard.kit.posthoc.rule import Proba, log_proba, softmax


def posterior_recalibration(
    proba: ArrayLike, counts: ArrayLike, *, prior: ArrayLike | None = None, tau: float = 1.0
) -> Proba:
    """Probabilities moved from the training frequencies to those in use, (N, K).

    ``p_k (pi_use_k / pi_train_k)^tau``, renormalised: Tian et al., Posterior Re-calibration for
    Imbalanced Datasets, NeurIPS 2020, section 3 (UNO-IC; tau is ``beta`` in their code). This *is*
    post-hoc logit adjustment, the rule ``logit-adjusted``, which also tunes tau: try one of them.

    Parameters
    ----------
    proba : (N, K)
    counts : (K,) rows a class that the model was trained on
    prior : (K,) class frequencies in use, any positive scale, as `estimate_prior_em` finds them;
        None is uniform
    tau : strength; 1 is exact for calibrated probabilities, 0 changes nothing

    Raises
    ------
    ValueError
        ``proba`` holds no probabilities, or ``counts`` or ``prior`` is not (K,), finite, >= 0.

    >>> posterior_recalibration([[0.9, 0.1]], [90, 10]).round(4)
    array([[0.5, 0.5]])
    """
    matrix = proba_alone(proba, "proba")
    for name, given in (("counts", counts), ("prior", prior)):
        values = np.ones(matrix.shape[1]) if given is None else np.asarray(given, dtype=np.float64)
        if values.shape != matrix.shape[1:] or not (
            np.isfinite(values).all() and values.min() >= 0 < values.sum()
        ):
            raise ValueError(
                f"{name} must be ({matrix.shape[1]},), finite, none below 0 and not all 0, "
                f"got {values.tolist()[:5]} of shape {values.shape}"
            )
    in_use = 0.0 if prior is None else log_prior(prior)
    log_ratio = log_frequencies(counts) - in_use
    return softmax(adjust_logits(log_proba(matrix), log_ratio, tau))
