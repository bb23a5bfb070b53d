"""A table of two classes read for MESA: rows that train members, rows that the agent judges by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from steelyard.kit.ensembles.drawing import Rows
from steelyard.kit.ensembles.ensemble import GrownEnsemble, Task
from steelyard.kit.ensembles.features import Matrix


@dataclass(frozen=True)
class Judges:
    """Validation rows ``X (N, D)`` as members read them, and which are ``rare (N,)``."""

    X: Matrix
    rare: NDArray[np.bool_]


@dataclass(frozen=True)
class TwoClasses:
    """``train`` are rows of the task, ``rare_class`` is 0 or 1; no ``judges``, no state."""

    task: Task
    train: Rows
    rare_class: int
    judges: Judges | None


class TwoClassEnsemble(GrownEnsemble):
    """Reads what `GrownEnsemble` reads, for two classes, and sets validation rows aside."""

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 10,
        *,
        validation_fraction: float = 0.25,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.validation_fraction = validation_fraction
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _two_classes(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        validation: tuple[Any, Any] | None = None,
        eval_datasets: Mapping[str, tuple[Any, Any]] | None = None,
        eval_metrics: Mapping[str, Any] | None = None,
        train_verbose: Any = False,
        *,
        judged: bool = True,
    ) -> TwoClasses:
        """The task, whose validation rows are those given or, if ``judged``, held out."""
        task = self._begin(X, y, sample_weight, eval_datasets, eval_metrics, train_verbose)
        if len(self.classes_) > 2:
            raise ValueError(
                f"Only binary classification is supported. The type of the target is multiclass: "
                f"y holds {len(self.classes_)} classes. SelfPacedEnsembleClassifier takes several"
            )
        rare = int(np.argmin(task.counts[::-1]) == 0)  # the second class where both are alike
        everything = np.arange(len(task.y))
        if validation is not None:
            return TwoClasses(task, everything, rare, self._judges(*validation, rare))
        if not judged:
            return TwoClasses(task, everything, rare, None)
        held = self._held_out(task)
        judges = Judges(task.features.rows(held), task.y[held] == rare)
        return TwoClasses(task, np.setdiff1d(everything, held), rare, judges)

    def _held_out(self, task: Task) -> Rows:
        fraction = self.validation_fraction
        if not 0 < fraction < 1:
            raise ValueError(f"validation_fraction must be between 0 and 1, got {fraction!r}")
        if task.counts.min() < 2:
            raise ValueError(
                f"each class needs 2 rows or more, one to train and one to validate, got "
                f"{task.counts.tolist()} rows of the classes {self.classes_.tolist()}; "
                f"give fit validation=(X, y)"
            )
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        rng = np.random.default_rng([seed, 2])
        return np.concatenate(
            [
                rng.permutation(rows)[: min(max(1, round(fraction * len(rows))), len(rows) - 1)]
                for rows in task.by_class
            ]
        )

    def _judges(self, X: Any, y: Any, rare: int) -> Judges:
        labels = np.asarray(y)
        read = self._reading.of(self._read_new(X)).all()
        if labels.shape != (len(read),):
            raise ValueError(f"validation y must be ({len(read)},) as X, got shape {labels.shape}")
        if set(np.unique(labels).tolist()) != set(self.classes_.tolist()):
            raise ValueError(
                f"validation must hold rows of both classes {self.classes_.tolist()}, "
                f"got {np.unique(labels).tolist()[:10]}"
            )
        return Judges(read, labels == self.classes_[rare])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
