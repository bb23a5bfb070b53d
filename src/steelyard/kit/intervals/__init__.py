"""How sure a number is: intervals of proportions, paired differences, exact tests.

Intervals come as ``Interval(estimate, low, high)``, tests as p-values; counts in, no models.
"""

from steelyard.kit.intervals.exact import (
    below_chance,
    binomial_tail,
    fisher_exact,
    holm,
    mcnemar_exact,
)
from steelyard.kit.intervals.paired import (
    paired_balanced_accuracy_difference,
    paired_difference,
)
from steelyard.kit.intervals.permutation import (
    balanced_accuracy_permutation_test,
    sign_flip_test,
)
from steelyard.kit.intervals.proportions import (
    Interval,
    balanced_accuracy_interval,
    clopper_pearson,
    mover_mean,
    wilson,
)

__all__ = [
    "Interval",
    "balanced_accuracy_interval",
    "balanced_accuracy_permutation_test",
    "below_chance",
    "binomial_tail",
    "clopper_pearson",
    "fisher_exact",
    "holm",
    "mcnemar_exact",
    "mover_mean",
    "paired_balanced_accuracy_difference",
    "paired_difference",
    "sign_flip_test",
    "wilson",
]
