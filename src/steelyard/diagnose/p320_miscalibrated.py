"""P320 miscalibrated: the probabilities do not mean what they say.

What it sees
------------
The expected calibration error (ECE) of the predicted class out of fold, in bins of equal mass, and
the ECE that a perfectly calibrated model with these probabilities shows from sampling alone.

Why it hurts
------------
Thresholds, costs and the correction of a prior all take the probabilities at their word. An
over-confident model is also believed where it is wrong.

How it decides
--------------
Sampling noise inflates ECE: 1,000 rows of a perfect model show 0.03. So the labels are drawn 999
times from the probabilities (a binomial count a bin), and the finding speaks when at most 1 % of
these draws reach the measured ECE and it exceeds their mean by at least 0.02. With several seeds
the median seed counts. Low; medium from 0.05 over the mean, high from 0.15. Where the goal counts
decisions only, a model that is too sure is at most medium, one that is not sure enough low.

When it is wrong
----------------
Only the top probability is judged: a class may be miscalibrated where it is second. It speaks for
the class frequencies of these rows; where the frequencies differ in use, so does calibration.

What helps
----------
R630, R510, R270, R720

References
----------
Guo et al., On Calibration of Modern Neural Networks, ICML 2017. Vaicenavicius et al., Evaluating
Model Calibration in Classification, AISTATS 2019 (resampling the labels). Nixon et al., Measuring
Calibration in Deep Learning, 2019 (equal-mass bins).
"""

import numpy as np
from numpy.typing import NDArray

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.judging import ALPHA, at_most, grade, sure
from steelyard.diagnose.twins import even, examined
from steelyard.kit.metrics import ReliabilityCurve, reliability_curve

CODE = "P320"
NAME = "miscalibrated"
HELPS = ("R630", "R510", "R270", "R720")
DRAWS, ROWS_A_BIN, MOST_BINS, LEAST = 999, 20, 15, 0.02


def detect(exam: Exam) -> Finding | None:
    """Speak when the calibration error exceeds what sampling gives a calibrated model."""
    proba, n = exam.require_proba(), exam.target.size
    bins = int(np.clip(n // ROWS_A_BIN, 1, MOST_BINS))
    curves = [reliability_curve(exam.target, seed, bins) for seed in proba]
    errors = np.array([_error(c.accuracy, c) for c in curves])
    middle = int(np.argsort(errors, kind="stable")[(len(errors) - 1) // 2])
    curve, error = curves[middle], float(errors[middle])
    drawn = _error_by_chance(curve)
    p = (1 + np.count_nonzero(drawn >= error - 1e-12)) / (DRAWS + 1)
    excess = error - float(drawn.mean())
    if p > ALPHA or excess < LEAST:
        return None
    confidence, accuracy = (float(x @ curve.n / n) for x in (curve.confidence, curve.accuracy))
    lean = "too sure of itself" if confidence > accuracy else "not sure enough"
    noise = float(np.quantile(drawn, 0.975))
    says = (
        f"calibration error {error:.3f}, where sampling alone gives {drawn.mean():.3f} (up to "
        f"{noise:.3f}); the model is {lean}: mean confidence {confidence:.3f}, right {accuracy:.3f}"
    )
    evidence = (
        Evidence("expected calibration error", error, n=n, expected=f"at most {noise:.3f}"),
        Evidence("mean confidence", confidence, n=n, expected=f"{accuracy:.3f}, the accuracy"),
    )
    severity = grade(excess, medium=0.05, high=0.15)
    if exam.goal != "log-loss":
        severity = at_most("medium" if confidence > accuracy else "low", severity)
    return Finding(CODE, NAME, severity, sure(p), says, (), evidence, HELPS)


def _error(accuracy: NDArray[np.float64], curve: ReliabilityCurve) -> NDArray[np.float64]:
    """ECE of one or many sets of accuracies (..., B) in the bins of ``curve``."""
    return np.abs(accuracy - curve.confidence) @ curve.n / curve.n.sum()


def _error_by_chance(curve: ReliabilityCurve) -> NDArray[np.float64]:
    """(DRAWS,) ECE when the rows of each bin are right exactly as often as the model says."""
    rng = np.random.default_rng(0)
    says = np.clip(curve.confidence, 0, 1)
    return _error(rng.binomial(curve.n, says, (DRAWS, curve.n.size)) / curve.n, curve)


def sick(k: int, rng: np.random.Generator) -> Exam:
    """A weak model whose logits are four times too large."""
    return examined(even(k, max(40, 300 // k)), rng, skill=1.5, heat=0.25)


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """The same weak model, honest about it."""
    return examined(even(k, max(40, 300 // k)), rng, skill=1.5)
