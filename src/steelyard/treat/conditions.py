"""What remedies ask of the exam and the recipe before they apply."""

import numpy as np

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.recipe import Recipe

SAME = 0.05  # in log frequency: classes of 100 and 105 rows are of one size


def corrects_prior(recipe: Recipe) -> bool:
    """Whether the training already makes up for the class frequencies: weights or re-sampling."""
    return recipe.loss.params.get("class_weight") is not None or recipe.sampler.name != "all-rows"


def require_imbalance(exam: Exam) -> None:
    """Raise `NotApplicable` where all classes have about the same number of rows."""
    counts = exam.counts[exam.counts > 0]
    if np.log(counts.max() / counts.min()) < SAME:
        raise NotApplicable("needs classes of different size; here they are even")


def require_uncorrected(recipe: Recipe) -> None:
    """Raise `NotApplicable` where training already makes up for the class frequencies."""
    if corrects_prior(recipe):
        raise NotApplicable(
            "needs a training on the rows as they are; correcting the prior twice overshoots"
        )


def require_model(recipe: Recipe, kinds: tuple[str, ...]) -> None:
    """Raise `NotApplicable` for a model that the remedy does not know."""
    if recipe.model.name not in kinds:
        raise NotApplicable(f"needs one of the models {', '.join(kinds)}; not {recipe.model.name}")
