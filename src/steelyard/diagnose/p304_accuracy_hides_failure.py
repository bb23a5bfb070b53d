"""P304 accuracy-hides-failure: overall accuracy looks good and the average class does not.

What it sees
------------
Accuracy out of fold beside balanced accuracy, Cohen's kappa and macro-F1.

Why it hurts
------------
Accuracy weighs classes by their rows, so a model that finds only the large classes looks finished.
The failure shows up in use, where the rare class was the reason to build the model.

How it decides
--------------
Accuracy is at least 0.7, the upper 95 % limit of balanced accuracy (MOVER) lies at least 10 points
under it, and macro-F1 or kappa does so too. Medium, high when balanced accuracy is 20 points under
accuracy, critical from 35. Named are the classes whose recall is likelier that of the failing ones
than the accuracy.

When it is wrong
----------------
If the classes come in use as often as here and all errors cost the same, accuracy is the right
number and nothing is hidden; then say `--goal accuracy`.

What helps
----------
R610, R620, R210, R110

References
----------
Brodersen et al., The Balanced Accuracy and Its Posterior Distribution, ICPR 2010. Cohen, A
Coefficient of Agreement for Nominal Scales, 1960.
"""

import numpy as np

from steelyard.core.exam import Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.diagnose.decisions import mean_confusion
from steelyard.diagnose.judging import a_few, for_goal, grade, names
from steelyard.diagnose.recalls import hits_per_class, rare_classes, struggling
from steelyard.diagnose.twins import class_names, examined, long_tail
from steelyard.kit.intervals import balanced_accuracy_interval
from steelyard.kit.metrics import accuracy, cohen_kappa, macro_f1

CODE = "P304"
NAME = "accuracy-hides-failure"
HELPS = ("R610", "R620", "R210", "R110")


def detect(exam: Exam) -> Finding | None:
    """Speak when accuracy is high and what averages over classes is not."""
    n, hits = exam.counts, hits_per_class(exam)
    confusion = mean_confusion(exam.target, exam.predicted, exam.n_classes)
    overall = accuracy.from_confusion(confusion)
    kappa, f1 = cohen_kappa.from_confusion(confusion), macro_f1.from_confusion(confusion)
    balanced = balanced_accuracy_interval(hits, n)
    if overall < 0.7 or balanced.high > overall - 0.1 or min(kappa, f1) > overall - 0.1:
        return None
    named = struggling(hits, n, np.arange(exam.n_classes), overall)
    rows = int(n.sum())
    evidence = (
        Evidence("accuracy", overall, n=rows),
        Evidence("balanced accuracy", *balanced, rows, f"about {overall:.3f}"),
        Evidence("kappa", kappa, n=rows),
        Evidence("macro-F1", f1, n=rows),
    )
    says = (
        f"accuracy {overall:.3f} hides balanced accuracy {balanced.estimate:.3f} "
        f"[{balanced.low:.3f}, {balanced.high:.3f}], kappa {kappa:.3f}, macro-F1 {f1:.3f}; "
        f"hidden: {a_few([f'{exam.classes[c]} {hits[c] / n[c]:.2f}' for c in named])}"
    )
    severity = grade(overall - balanced.estimate, medium=0.1, high=0.2, critical=0.35)
    severity = for_goal(severity, exam)
    return Finding(CODE, NAME, severity, 0.975, says, names(exam, named), evidence, HELPS)


def sick(k: int, rng: np.random.Generator) -> Exam:
    """A long tail; nine in ten rows of its rare classes look like the largest class."""
    counts = long_tail(k)
    return examined(
        counts, rng, overlap=np.where(np.isin(np.arange(k), rare_classes(counts)), 0.9, 0)
    )


def sick_where(k: int) -> tuple[str, ...]:
    """The rare classes."""
    return class_names(rare_classes(long_tail(k)))


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """The same long tail, learnt."""
    return examined(long_tail(k), rng)
