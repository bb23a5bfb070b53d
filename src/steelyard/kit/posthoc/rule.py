"""What a decision rule is: how it is fitted, how it decides, and its facts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Proba = NDArray[np.float64]
Labels = NDArray[np.int64]
Fitted = dict[str, Any]

SMALLEST = 1e-12  # a forest's probability of 0 must stay a number after the logarithm


class Decision(NamedTuple):
    """What a rule says about N rows: ``proba (N, K)``, rows sum to 1, and ``predicted (N,)``."""

    proba: Proba
    predicted: Labels


@dataclass(frozen=True)
class Rule:
    """A decision rule.

    Attributes
    ----------
    fit : ``(proba, target, *, goal, prior, **params)`` -> fitted parameters, plain data.
    decide : ``(fitted, proba)`` -> Decision.
    changes_decision : whether ``predicted`` can differ from the argmax of the given ``proba``.
    changes_proba : whether ``proba`` can differ from the given one.
    source : the paper.
    """

    name: str
    fit: Callable[..., Fitted]
    decide: Callable[[Fitted, Proba], Decision]
    changes_decision: bool
    changes_proba: bool
    source: str = ""


def log_proba(proba: Proba) -> Proba:
    """``log proba`` that is finite for zeros, (N, K)."""
    return np.log(np.maximum(proba, SMALLEST))


def softmax(scores: Proba) -> Proba:
    """Rows of ``scores (N, K)`` turned into probabilities."""
    power = np.exp(scores - scores.max(axis=1, keepdims=True))
    proba: Proba = power / power.sum(axis=1, keepdims=True)
    return proba


def argmax(scores: Proba) -> Labels:
    """The class with the highest score of each row, (N,); ties go to the lower class number."""
    highest: Labels = scores.argmax(axis=1)
    return highest
