"""T401 overfitting: held-out loss turns and climbs while training loss goes on falling.

What it sees
------------
The learning curves of the base: loss and score on training and on held-out rows, one curve for each
seed and fold.

Why it hurts
------------
From the turning point on the model learns its training rows by heart. Its probabilities become
too sure first, its decisions worse later.

How it decides
--------------
The turning point of each curve is where the *other* curves are lowest on average, so that chance
dips do not count. The climb from there to the end is at least a tenth of all that was learnt (from
the entropy of the class shares down to the lowest loss) and 0.02 nats, its 95 % t-interval over the
curves lies above 0, and training loss falls meanwhile. Low; medium from a quarter, high from
three quarters of what was learnt. With fewer than three curves the climb must be twice as large.

When it is wrong
----------------
A gap between training and held-out score alone is not named: forests and boosting fit their
training rows perfectly and may still be well. Curves over folds share rows, so the interval is
somewhat too narrow.

What helps
----------
R510, R520, R140, R150, R530, R390, R410, R540

References
----------
Prechelt, Early Stopping - But When?, 1998. Guo et al., On Calibration of Modern Neural Networks,
ICML 2017, section 3 (log-loss overfits before the error does).
"""

import numpy as np

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.curves import class_entropy, curves_of, mean_interval
from steelyard.diagnose.judging import grade
from steelyard.diagnose.twins import curve, even, examined

CODE = "T401"
NAME = "overfitting"
HELPS = ("R510", "R520", "R140", "R150", "R530", "R390", "R410", "R540")
SHARE, NATS = 0.1, 0.02


def detect(exam: Exam) -> Finding | None:
    """Speak when held-out loss is proven to climb after its turning point."""
    train, val, steps = curves_of(exam)
    n = len(val)
    others = (val.sum(axis=0) - val) / (n - 1) if n > 1 else val
    turn = others.argmin(axis=1)
    each = np.arange(n)
    climb = mean_interval(val[:, -1] - val[each, turn])
    lowest = val[each, turn].mean()
    learnt = max(class_entropy(exam) - lowest, 0.1 * class_entropy(exam))
    strict = 1 if n >= 3 else 2
    proven = climb.estimate >= strict * max(SHARE * learnt, NATS) and not climb.low <= 0
    if not proven or train[:, -1].mean() >= train[each, turn].mean():
        return None
    share = climb.estimate / learnt
    at = float(np.median(steps[turn]))
    scores = [
        float(np.mean([getattr(c, name)[-1] for c in exam.curves]))
        for name in ("train_score", "val_score")
    ]
    evidence = (
        Evidence("climb of the held-out loss, nats", *climb, n, "0"),
        Evidence("step of the lowest held-out loss", at, n=n, expected=f"near {steps[-1]:.0f}"),
        Evidence("balanced accuracy, training rows", scores[0]),
        Evidence("balanced accuracy, held-out rows", scores[1]),
    )
    says = (
        f"held-out loss is lowest at step {at:.0f} of {steps[-1]:.0f} and then climbs from "
        f"{lowest:.3f} to {val[:, -1].mean():.3f} nats; balanced accuracy {scores[0]:.2f} on "
        f"training rows, {scores[1]:.2f} on held-out rows"
    )
    severity = grade(share, medium=0.25, high=0.75)
    return Finding(CODE, NAME, severity, 0.975 if n >= 3 else 0.8, says, (), evidence, HELPS)


def sick(k: int, rng: np.random.Generator) -> Exam:
    """Held-out loss turns after a third of the training."""
    t, start = np.linspace(0, 1, 30), np.log(k)
    train = start * np.exp(-6 * t)
    val = start * (0.3 + 0.7 * np.exp(-9 * t) + 0.5 * np.maximum(0, t - 0.35))
    curves = tuple(curve(train, val, rng) for _ in range(5))
    return examined(even(k), rng, curves=curves)


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """Training loss falls further than held-out loss, which levels off and only wobbles."""
    t, start = np.linspace(0, 1, 30), np.log(k)
    train = start * np.exp(-8 * t)
    val = start * (0.2 + 0.8 * np.exp(-9 * t))
    curves = tuple(curve(train, val, rng) for _ in range(5))
    return examined(even(k), rng, curves=curves)
