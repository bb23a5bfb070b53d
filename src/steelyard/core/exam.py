"""Exam: what was measured. Facts, no judgement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from steelyard.core.data import Column, Duplicates
from steelyard.core.errors import NotApplicable


@dataclass(frozen=True)
class Curve:
    """Loss and score along one training, measured on its training rows and its held-out rows.

    ``steps`` are epochs or boosting rounds; losses are mean log-losses in nats, scores are
    balanced accuracies. All arrays have shape (n_steps,).
    """

    steps: NDArray[np.float64]
    train_loss: NDArray[np.float64]
    val_loss: NDArray[np.float64]
    train_score: NDArray[np.float64]
    val_score: NDArray[np.float64]


@dataclass(frozen=True)
class StraightLines:
    """Rows that lie exactly on a line with two rows of their class, as synthetic rows do.

    Attributes
    ----------
    rows : class -> rows that were looked at.
    on_lines : class -> of them on a line with two near rows of their class.
    by_chance : class -> of them on a line with two rows of their class drawn at random.
    across : whether the two rows stand in the training split and the row in another.
    examples : names of a few rows on lines.
    """

    rows: Mapping[str, int]
    on_lines: Mapping[str, int]
    by_chance: Mapping[str, int]
    across: bool = False
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exam:
    """The facts about one data set and its baseline.

    Attributes
    ----------
    target : (N,) class index of the work rows.
    classes : K names.
    prior : (K,) the class frequencies the model will meet in use.
    proba : (S, N, K) out-of-fold probabilities of the base, one set a seed; None when no base ran.
    fold : (S, N) the fold in which each row was held out.
    curves : learning curves of the base, one a seed and fold that recorded one.
    splits : given split (``train``, ``val``, ``test``, ``work``) -> label text -> rows.
    test_counts : (K,) rows a class in the unopened test split, labels only.
    lines : what lies on straight lines; None where the rows are not there or have no two numbers.
    weighted_proba : (S', N, K) probabilities of the same model trained with class weights, costs or
        re-sampling; None when there is none.
    """

    kind: str
    classes: tuple[str, ...]
    target: NDArray[np.int64]
    goal: str = "balanced-accuracy"
    prior: NDArray[np.float64] | None = None
    proba: NDArray[np.float64] | None = None
    fold: NDArray[np.int64] | None = None
    curves: tuple[Curve, ...] = ()
    columns: tuple[Column, ...] = ()
    duplicates: Duplicates | None = None
    splits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    test_counts: NDArray[np.int64] | None = None
    n_features: int = 0
    model: str = ""
    lines: StraightLines | None = None
    weighted_proba: NDArray[np.float64] | None = None

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.classes)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(K,) work rows per class."""
        return np.bincount(self.target, minlength=self.n_classes).astype(np.int64)

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """(S, N) the base's out-of-fold decisions. Raises `NotApplicable` without a base."""
        predicted: NDArray[np.int64] = self.require_proba().argmax(axis=2)
        return predicted

    @cached_property
    def mean_proba(self) -> NDArray[np.float64]:
        """(N, K) out-of-fold probabilities averaged over seeds."""
        mean: NDArray[np.float64] = self.require_proba().mean(axis=0)
        return mean

    def require_proba(self) -> NDArray[np.float64]:
        """(S, N, K); raises `NotApplicable` when no predictions were made or given."""
        if self.proba is None:
            raise NotApplicable("needs predictions of a model; the baseline did not run")
        return self.proba

    def head_to_tail(self) -> NDArray[np.int64]:
        """(K,) class indices from the largest class to the smallest."""
        return np.argsort(-self.counts, kind="stable").astype(np.int64)
