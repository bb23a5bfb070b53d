"""T402 underfitting: the model has not learnt what its own training rows could teach it.

What it sees
------------
The learning curves of the base, and the entropy of the class shares: the loss of a model that knows
nothing but how frequent each class is.

Why it hurts
------------
No correction of weights or thresholds brings out what was never learnt. More steps, more capacity
or less regularisation are cheap to try.

How it decides
--------------
One of two. *Stopped too early*: over the last fifth of the steps held-out loss still falls by a
tenth of what is left of it and by 2 % of the entropy of the classes, training loss falls too, and
the 95 % t-interval over the curves lies above 0: medium. *Too weak*: even on its own training
rows the model's loss is less than a tenth below that entropy: high. With a single curve the fall
must be twice as large.

When it is wrong
----------------
Labels that have nothing to do with the features look like a model that is too weak; a permutation
of them (P302) tells no more. A loss that falls in late steps of a decaying learning rate has a
known end.

What helps
----------
R520, R380, R550

References
----------
Belkin et al., Reconciling Modern Machine-Learning Practice and the Bias-Variance Trade-Off, PNAS
2019. Domhan et al., Speeding up Hyperparameter Optimization by Extrapolation of Learning Curves,
IJCAI 2015.
"""

import numpy as np

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.curves import class_entropy, curves_of, mean_interval
from steelyard.diagnose.twins import curve, even, examined

CODE = "T402"
NAME = "underfitting"
HELPS = ("R520", "R380", "R550")
LEFT, OF_ENTROPY, TOO_WEAK = 0.1, 0.02, 0.1


def detect(exam: Exam) -> Finding | None:
    """Speak when the base is too weak for its training rows, or was stopped while learning."""
    train, val, steps = curves_of(exam)
    n, nothing = len(val), class_entropy(exam)
    explained = mean_interval(1 - train[:, -1] / nothing)
    if explained.estimate < TOO_WEAK and not explained.high >= TOO_WEAK:
        evidence = (
            Evidence(
                "share of the class entropy explained, training rows",
                *explained,
                n,
                f"over {TOO_WEAK}",
            ),
        )
        says = (
            f"even on its training rows the loss is {train[:, -1].mean():.3f} nats; knowing only "
            f"how frequent each class is gives {nothing:.3f}"
        )
        return Finding(CODE, NAME, "high", 0.95 if n > 1 else 0.8, says, (), evidence, HELPS)

    late = max(1, len(steps) // 5)
    if len(steps) < 5:
        return None
    fall = mean_interval(val[:, -1 - late] - val[:, -1])
    strict = 1 if n >= 3 else 2
    enough = strict * max(LEFT * val[:, -1].mean(), OF_ENTROPY * nothing)
    learning = train[:, -1].mean() < train[:, -1 - late].mean()
    if fall.estimate < enough or fall.low <= 0 or not learning:
        return None
    evidence = (Evidence("fall of the held-out loss in the last fifth, nats", *fall, n, "near 0"),)
    says = (
        f"held-out loss was still falling when training stopped: {val[:, -1 - late].mean():.3f} to "
        f"{val[:, -1].mean():.3f} nats from step {steps[-1 - late]:.0f} to {steps[-1]:.0f}"
    )
    return Finding(CODE, NAME, "medium", 0.975 if n >= 3 else 0.8, says, (), evidence, HELPS)


def sick(k: int, rng: np.random.Generator) -> Exam:
    """Stopped on the way down."""
    start, t = np.log(k), np.linspace(0, 1, 30)
    curves = tuple(curve(start * (1 - 0.6 * t), start * (1 - 0.55 * t), rng) for _ in range(5))
    return examined(even(k), rng, curves=curves)


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """Both losses have levelled off, far below what the class shares alone give."""
    start, t = np.log(k), np.linspace(0, 1, 30)
    train, val = start * (0.15 + 0.85 * np.exp(-8 * t)), start * (0.25 + 0.75 * np.exp(-8 * t))
    return examined(even(k), rng, curves=tuple(curve(train, val, rng) for _ in range(5)))
