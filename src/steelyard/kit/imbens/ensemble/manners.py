"""How the old ensembles spoke: their attributes, their training log, their parameters."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import clone
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from steelyard.kit.ensembles.ensemble import GrownEnsemble
from steelyard.kit.ensembles.members import learner
from steelyard.kit.imbens.ensemble.decided import Decided
from steelyard.kit.imbens.ensemble.part import RandomPart

EVAL_METRICS: dict[str, tuple[Any, dict[str, Any]]] = {
    "acc": (accuracy_score, {}),
    "balanced_acc": (balanced_accuracy_score, {}),
    "weighted_f1": (f1_score, {"average": "weighted"}),
}


class OldManners(GrownEnsemble):
    """Stands before an ensemble of this kit and answers to the old names.

    ``base_estimator`` (0.1) is ``estimator``. A fit keeps the old attributes: ``estimator_`` and
    ``base_estimator_``, ``origin_distr_`` and ``target_distr_`` (label -> rows), ``n_classes_``,
    ``estimators_n_training_samples_``, ``eval_datasets_`` with the training rows under ``train``,
    ``eval_metrics_``. Whatever is watched, the training rows are watched too, as they were.
    """

    prior: Any = None
    # parameter -> the value that asks for nothing, and what to do instead of asking for another
    no_longer: ClassVar[dict[str, tuple[Any, str]]] = {
        "estimator_params": ((), "set parameters on the estimator itself"),
        "oob_score": (False, "judge by cross-validation: a balanced sample leaves out most rows"),
        "warm_start": (False, "fit anew with more n_estimators"),
        "sampling_strategy": ("auto", "give target_label or n_target_samples to fit"),
        "class_weight": (None, "give sample_weight to fit"),
        "cluster_balance_threshold": (0.1, "clusters must hold the class's share of the data"),
        "density_exponent": ("auto", "the exponent is the number of columns"),
    }

    @property
    def __name__(self) -> str:
        return type(self).__qualname__

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        eval_datasets: Mapping[str, tuple[Any, Any]] | None = None,
        eval_metrics: Mapping[str, Any] | None = None,
        train_verbose: bool | int | Mapping[str, Any] = False,
        **settings: Any,
    ) -> Self:
        """Train the members; further settings are those of the ensemble in this kit.

        Raises
        ------
        ValueError
            As in this kit, or a parameter asks for what is no longer there.
        """
        self._check_old_parameters()
        self.eval_datasets_ = {"train": (X, y), **(eval_datasets or {})}
        self.eval_metrics_ = dict(EVAL_METRICS if eval_metrics is None else eval_metrics)
        watched = self.eval_datasets_ if eval_datasets or train_verbose else None
        super().fit(
            X,
            y,
            sample_weight,
            eval_datasets=watched,
            eval_metrics=self.eval_metrics_,
            train_verbose=train_verbose,
            **settings,
        )
        template, _ = learner(self._learner_asked_for(), self.default_learner)
        self.estimator_ = self.base_estimator_ = clone(template)
        self.n_classes_ = len(self.classes_)
        labels, counts = np.unique(np.asarray(y), return_counts=True)
        self.origin_distr_ = dict(zip(labels.tolist(), counts.tolist()))
        self.target_distr_ = getattr(self, "target_distr_", self.origin_distr_)
        self.estimators_n_training_samples_ = self.member_counts_.sum(axis=1)
        return self

    def _grow(self, task: Any, plan: Any) -> None:
        self.target_distr_ = dict(zip(plan.classes, plan.target.tolist()))
        super()._grow(task, plan)

    def _learner_asked_for(self) -> Any:
        given, older = self.estimator, getattr(self, "base_estimator", None)
        if older is not None:
            if given is not None:
                raise ValueError("give estimator or base_estimator, which is its older name")
            given = older
        if hasattr(given, "fit") and not hasattr(given, "predict_proba"):
            given = Decided(given)
        part = {name: getattr(self, name, whole) for name, whole in RandomPart.whole.items()}
        if part == RandomPart.whole:
            return given
        template, _ = learner(given, self.default_learner)
        return RandomPart(template, **part)

    def _check_old_parameters(self) -> None:
        for name, (nothing, instead) in self.no_longer.items():
            given = getattr(self, name, nothing)
            if given != nothing and given is not nothing:
                raise ValueError(f"{name} must be {nothing!r}, got {given!r}; {instead}")
        if getattr(self, "algorithm", "SAMME") not in ("SAMME", "SAMME.R"):
            raise ValueError(f"algorithm must be SAMME or SAMME.R, got {self.algorithm!r}")
