"""What remedies ask of the exam and the recipe before they apply."""

import numpy as np

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import BALANCED, NETWORKS
from steelyard.core.recipe import Recipe

SAME = 0.05  # in log frequency: classes of 100 and 105 rows are of one size


# Losses and stages that leave the bare loss, or the bare frequencies, behind.
_PRIOR_LOSSES = frozenset(
    {"balanced-softmax", "logit-adjusted", "vector-scaling", "ldam", "influence-balanced",
     "class-balanced-cross-entropy", "class-balanced-focal"}
)  # fmt: skip
_EVEN_MODELS = frozenset({"class-mean-head", *BALANCED})
_NEUTRAL_STAGES = frozenset({"one", "rotation-pretraining", "contrastive-pretraining"})


def corrects_prior(recipe: Recipe) -> bool:
    """Whether the training already makes up for the class frequencies, in whichever slot."""
    return (
        recipe.loss.params.get("class_weight") is not None
        or recipe.loss.name in _PRIOR_LOSSES
        or recipe.sampler.name != "all-rows"
        or recipe.stages.name not in _NEUTRAL_STAGES
        or recipe.model.name in _EVEN_MODELS
    )


def require_plain_loss(recipe: Recipe) -> None:
    """Raise `NotApplicable` where another remedy chose the loss: one loss cannot be two."""
    if recipe.loss.name != "cross-entropy" or recipe.loss.params:
        raise NotApplicable(f"needs plain cross-entropy; the loss is {recipe.loss}")


def require_one_stage(recipe: Recipe) -> None:
    """Raise `NotApplicable` where the training has stages already."""
    if recipe.stages.name != "one":
        raise NotApplicable(f"needs a training in one stage; this is {recipe.stages}")


def require_plain_training(recipe: Recipe, exam: Exam, kinds: tuple[str, ...]) -> None:
    """Raise `NotApplicable` but for a known model, uneven classes, plain loss and rows as they are.

    What every remedy asks for that corrects the prior in a loss or in a stage.
    """
    require_model(recipe, kinds)
    require_imbalance(exam)
    require_uncorrected(recipe)
    require_plain_loss(recipe)


def require_plain_head(recipe: Recipe) -> None:
    """Raise `NotApplicable` where another remedy chose the network's head."""
    if "head" in recipe.model.params:
        raise NotApplicable(f"needs a linear head; this is {recipe.model.params['head']}")


def require_even_use(exam: Exam) -> None:
    """Raise `NotApplicable` where the classes in use are not even, at which the remedy aims."""
    if not is_even_in_use(exam):
        raise NotApplicable("needs even classes in use; R610 corrects to others")


def is_even_in_use(exam: Exam) -> bool:
    """Whether all classes will be met as often in use; without a prior they will."""
    in_use = np.ones(exam.n_classes) if exam.prior is None else np.asarray(exam.prior)
    return bool(np.ptp(np.log(np.maximum(in_use / in_use.sum(), 1e-6))) <= SAME)


def is_imbalanced(exam: Exam) -> bool:
    """Whether some class has more rows than another by more than a hair."""
    counts = exam.counts[exam.counts > 0]
    return bool(np.log(counts.max() / counts.min()) >= SAME)


def require_imbalance(exam: Exam) -> None:
    """Raise `NotApplicable` where all classes have about the same number of rows."""
    if not is_imbalanced(exam):
        raise NotApplicable("needs classes of different size; here they are even")


def require_uncorrected(recipe: Recipe) -> None:
    """Raise `NotApplicable` where training already makes up for the class frequencies."""
    if corrects_prior(recipe):
        raise NotApplicable(
            "needs a training on the rows as they are; correcting the prior twice overshoots"
        )


def require_model(recipe: Recipe, kinds: tuple[str, ...]) -> None:
    """Raise `NotApplicable` for a model that the remedy does not know.

    A network of the user's own counts as a network where all of ours do.
    """
    own = ":" in recipe.model.name and set(NETWORKS) <= set(kinds)
    if recipe.model.name not in kinds and not own:
        raise NotApplicable(f"needs one of the models {', '.join(kinds)}; not {recipe.model.name}")
