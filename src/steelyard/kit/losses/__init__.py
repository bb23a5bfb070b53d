"""Losses, as functions and as modules, and the class weights they use.

``f(logits, target, counts=..., <the paper's parameters>, reduction=...)``, or the module of the
same name in CamelCase, which takes the keywords once::

    logit_adjusted(logits, target, counts=[90, 10], tau=1.0)
    LogitAdjusted(counts=[90, 10], tau=1.0)(logits, target)

All compute in float32 or better whatever the logits are, also under autocast, and return that.
``counts`` are rows a class in training; a class without any spoils no other. Class weights need
numpy only: torch is loaded by the first loss that is asked for.
"""

from typing import TYPE_CHECKING, Any

from steelyard.kit.losses.class_weights import class_balanced_weights, class_weights

if TYPE_CHECKING:
    from steelyard.kit.losses.functions import *  # noqa: F403

FUNCTIONS = (
    "asymmetric",
    "balanced_softmax",
    "binary_cross_entropy",
    "class_balanced_cross_entropy",
    "class_balanced_focal",
    "cross_entropy",
    "elastic_net_penalty",
    "focal",
    "generalized_cross_entropy",
    "influence_balanced",
    "l1_penalty",
    "l2_penalty",
    "label_aware_smoothing",
    "label_smoothing",
    "ldam",
    "logit_adjusted",
    "sigmoid_focal",
    "smooth_l1",
    "symmetric_cross_entropy",
    "vector_scaling",
)
MODULES = {"".join(map(str.capitalize, name.split("_"))): name for name in FUNCTIONS}

__all__ = ["FUNCTIONS", "MODULES", "class_balanced_weights", "class_weights"]


def __getattr__(name: str) -> Any:
    """A loss, or the module made from it, when it is first used."""
    if name in FUNCTIONS:
        from steelyard.kit.losses import functions

        found = getattr(functions, name)
    elif name in MODULES:
        from steelyard.kit.losses.modules import module_of

        found = module_of(name, __getattr__(MODULES[name]))
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found  # one module class a name, so that it can be copied and pickled
    return found


def __dir__() -> list[str]:
    return [*__all__, *FUNCTIONS, *MODULES]
