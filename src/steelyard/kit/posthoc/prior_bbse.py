"""The deployment prior from what a model predicts there: black-box shift estimation."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from steelyard.kit.intervals.proportions import normal_quantile
from steelyard.kit.metrics.arrays import FloatArray, target_and_proba
from steelyard.kit.posthoc.prior_estimate import PriorEstimate, proba_alone
from steelyard.kit.posthoc.rule import Labels, Proba

SINGULAR = 1e8  # condition number from which the answer is rounding


def estimate_prior_bbse(
    proba_val: ArrayLike,
    target_val: ArrayLike,
    proba_new: ArrayLike,
    *,
    confusion: Literal["soft", "hard"] = "soft",
    regularisation: float = 0.0,
    confidence: float = 0.95,
) -> PriorEstimate:
    """The class frequencies that explain the mean prediction on unlabelled rows.

    Solves ``A q = mu`` over frequencies ``q``: column k of ``A`` is the mean prediction for the
    held-out rows of class k, ``mu`` that for the new rows. Lipton, Wang and Smola, Detecting and
    Correcting for Label Shift with Black Box Predictors, ICML 2018, Algorithm 1, kept on the
    simplex by non-negative least squares. The model may be as uncalibrated as it likes, as long as
    its mean predictions tell the classes apart.

    Parameters
    ----------
    proba_val, target_val : (N, K) probabilities of held-out rows, and their class numbers (N,)
    proba_new : (M, K) of the rows met in use
    confusion : means of probabilities, or of one-hot decisions
    regularisation : adds ``regularisation * sum((q_k / pi_k - 1)^2)``, ``pi`` the frequencies of
        ``target_val``: Azizzadenesheli et al., Regularized Learning for Domain Adaptation under
        Label Shifts, ICLR 2019, section 2, with squared norms. For a matrix of high ``condition``;
        about ``1 / N`` is a start
    confidence : in (0, 1); the intervals hold the noise of both samples, not the pull of
        ``regularisation``. Of the nominal 95 % they covered 91 to 100 %, but 72 to 97 % where the
        smallest of ten classes had a dozen held-out rows and was the largest in use

    Raises
    ------
    ValueError
        Shapes do not fit, no probabilities, a class without rows in ``target_val``, or a singular
        confusion without regularisation (a class never predicted has no say in ``hard``).

    >>> val, new = [[0.8, 0.2], [0.3, 0.7]], [[0.8, 0.2]] * 3 + [[0.3, 0.7]]
    >>> estimate_prior_bbse(val, [0, 1], new).prior.round(4)
    array([0.75, 0.25])
    """
    target, val = target_and_proba(target_val, proba_val)
    new = proba_alone(proba_new, "proba_new")
    if new.shape[1] != val.shape[1] or regularisation < 0 or confusion not in ("soft", "hard"):
        raise ValueError(
            f"proba_new must be (M, K) with the K of proba_val {val.shape}, regularisation at "
            f"least 0 and confusion 'soft' or 'hard', got {new.shape}, {regularisation}, "
            f"{confusion!r}"
        )
    seen, mu_rows = (_predictions(p.astype(np.float64), confusion) for p in (val, new))
    counts = np.bincount(target, minlength=val.shape[1])
    means = _class_means(seen, target, counts)
    condition = float(np.linalg.cond(means))
    if condition > SINGULAR and not regularisation:
        raise ValueError(
            f"the {confusion} confusion of proba_val {val.shape} is singular (condition "
            f"{condition:.1e}): the mean predictions of some classes cannot be told apart; "
            f"take confusion='soft', regularisation above 0, or estimate_prior_em"
        )
    mu, pi = mu_rows.mean(axis=0), counts / counts.sum()
    prior = _least_squares(means, mu, pi, regularisation)
    n_new = len(mu_rows)
    # A row more, of any class: what no new row was taken for may still be among the next.
    noise = (np.cov(mu_rows.T, ddof=0) + np.eye(mu.size) / n_new) / n_new
    noise += _noise_of_means(seen, target, means, prior / counts)
    penalty = np.diag(regularisation / pi**2)
    inverse = np.linalg.pinv(means.T @ means + penalty) @ means.T
    variance = np.einsum("ij,jk,ik->i", inverse, noise, inverse)
    half = normal_quantile(confidence) * np.sqrt(np.maximum(variance, 0))
    low, high = np.maximum(prior - half, 0), np.minimum(prior + half, 1)
    return PriorEstimate(prior, low, high, converged=True, iterations=1, condition=condition)


def _predictions(proba: Proba, confusion: str) -> Proba:
    if confusion == "soft":
        return np.asarray(proba / proba.sum(axis=1, keepdims=True))
    return np.asarray(np.eye(proba.shape[1])[proba.argmax(axis=1)])


def _class_means(seen: Proba, target: Labels, counts: Labels) -> FloatArray:
    """(K, K), column k the mean prediction for rows of class k."""
    if not counts.all():
        raise ValueError(
            f"target_val holds no rows of class {int(counts.argmin())}, of which proba_val "
            f"{seen.shape} has a column: every class needs held-out rows"
        )
    one_hot = np.eye(counts.size)[target]
    return np.asarray(seen.T @ one_hot / counts)


def _least_squares(
    means: FloatArray, mu: FloatArray, pi: FloatArray, regularisation: float
) -> FloatArray:
    """The ``q`` on the simplex that minimises ``|A q - mu|^2 + regularisation |q / pi - 1|^2``."""
    from scipy.optimize import nnls  # slow to import, needed here only

    # There 1'q = 1, so mu is mu 1'q and all terms are homogeneous in q: non-negative least squares
    # with the one row 1'q = 1 more has the exact solution, but for its scale.
    pull = np.sqrt(regularisation) * (np.diag(1 / pi) - 1)
    rows = np.vstack([means - mu[:, None], pull, np.ones(mu.size)])
    found = nnls(rows, np.append(np.zeros(2 * mu.size), 1.0))[0]
    return np.asarray(found / found.sum())


def _noise_of_means(
    seen: Proba, target: Labels, means: FloatArray, weight: FloatArray
) -> FloatArray:
    """Covariance (K, K) of ``sum_k weight_k mean_k`` over samples of the held-out rows."""
    left = (seen - means.T[target]) * weight[target, None]
    # Few rows of a class may agree by luck: each class has one more, of the classes' mean.
    luck = (means.mean(axis=1) - means.T) * weight[:, None]
    return np.asarray(left.T @ left + luck.T @ luck)
