"""Doctor: the whole road as a scikit-learn classifier."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from steelyard.catalogue import require_codes
from steelyard.consultation import Consultation
from steelyard.core.case import Case
from steelyard.core.data import Data
from steelyard.core.deadline import Deadline
from steelyard.core.errors import UserError
from steelyard.core.finding import Finding
from steelyard.core.verdict import Verdict
from steelyard.intake import from_arrays, read
from steelyard.kit.posthoc import Decision
from steelyard.options import Options
from steelyard.predictor import Predictor


class Doctor(ClassifierMixin, BaseEstimator):
    """Finds out what ails a classifier on this data, tries the remedies, keeps what is proven.

    Parameters
    ----------
    goal : what to get better at: ``balanced-accuracy``, ``macro-f1``, ``worst-class``,
        ``average-precision``, ``kappa``, ``log-loss``, ``accuracy`` or ``cost:FILE``.
    minutes : the time ``fit`` may take.
    prior : ``uniform``, ``train`` or a file: the class frequencies the model meets in use, under
        which the goal is then measured.
    seeds : repetitions of the cross-validation.
    backbone : for images: ``efficientnet-lite0``, ``none`` or ``file.py:function``.
    model : for images: a network to train on them, such as ``resnet-8``, or ``file.py:function``.
    select, ignore : codes of detectors and remedies, or their beginnings.
    case : folder for the case; a temporary one, removed at exit, when None.
    random_state : seed of every split and training.

    Attributes
    ----------
    classes_ : (K,) the class labels.
    findings_ : what is wrong, worst first.
    trials_ : one row a trial.
    verdict_ : what is proven.

    Examples
    --------
    >>> from steelyard import Doctor
    >>> Doctor(goal="macro-f1", minutes=2).get_params()["goal"]
    'macro-f1'
    """

    def __init__(
        self,
        goal: str = "balanced-accuracy",
        *,
        minutes: float = 10.0,
        prior: str = "",
        seeds: int = 3,
        backbone: str = "efficientnet-lite0",
        model: str = "",
        select: tuple[str, ...] = (),
        ignore: tuple[str, ...] = (),
        case: str | Path | None = None,
        random_state: int = 0,
    ) -> None:
        self.goal = goal
        self.minutes = minutes
        self.prior = prior
        self.seeds = seeds
        self.backbone = backbone
        self.model = model
        self.select = select
        self.ignore = ignore
        self.case = case
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
        label: str | None = None,
    ) -> Doctor:
        """Examine, treat and verify.

        Parameters
        ----------
        X : (N, D) array or data frame; or the path of a table or image folder, without ``y``.
        y : (N,) labels.
        groups : (N,) rows of one group never straddle splits.
        label : for a path: the column with the classes.

        Raises
        ------
        UserError
            A `ValueError` that says what is wrong with the data and how to mend it.
        """
        options = Options(
            goal=self.goal, prior=self.prior, minutes=self.minutes, seeds=self.seeds,
            backbone=self.backbone, model=self.model, select=tuple(self.select),
            ignore=tuple(self.ignore), random_state=self.random_state,
        )  # fmt: skip
        require_codes("select", options.select)
        require_codes("ignore", options.ignore)
        deadline = Deadline.in_minutes(self.minutes)
        folder = _temporary() if self.case is None else Path(self.case)
        case = Case(folder)
        with case.in_use():
            data = self._read(X, y, groups, label, case)
            consultation = Consultation(
                data, case, options, deadline, command=repr(self), treating=True
            )
            consultation.examine()
            self.verdict_: Verdict = consultation.treat()
            # the race too may find something
            self.findings_: tuple[Finding, ...] = consultation.diagnosis.findings
            consultation.write()
        if consultation.kept is None:
            warnings.warn(
                f"no model was trained in {self.minutes:g} minutes; predict needs one: give more",
                stacklevel=2,
            )
        self.trials_ = pd.DataFrame(
            {
                "name": [t.name for t in consultation.trials],
                "state": [t.state for t in consultation.trials],
                "seeds": [t.seeds for t in consultation.trials],
                "goal": [t.goal.mean for t in consultation.trials],
                "gain": [t.vs_tuned_base.mean for t in consultation.trials],
                "low": [t.vs_tuned_base.low for t in consultation.trials],
                "high": [t.vs_tuned_base.high for t in consultation.trials],
                "p": [t.vs_tuned_base.p for t in consultation.trials],
                "calibration_error": [t.calibration_error for t in consultation.trials],
                "seconds": [t.seconds for t in consultation.trials],
                "changes": ["; ".join(t.changes) for t in consultation.trials],
            }
        )
        self.case_ = str(case.folder)
        # without a model the findings stand all the same; `predict` says that there is none
        self._predictor = Predictor.load(case.folder) if consultation.kept else None
        return self

    def _read(
        self, X: Any, y: ArrayLike | None, groups: Any, label: str | None, case: Case
    ) -> Data:
        if isinstance(X, (str, Path)):
            if y is not None or groups is not None:
                raise UserError(
                    "E189", "y or groups beside a path", where=str(X),
                    why="the file holds its own labels",
                    fix="fit(path, label=COLUMN), or fit(X, y) with arrays",
                )  # fmt: skip
            for name in ("n_features_in_", "feature_names_in_"):  # of an earlier fit on a frame
                vars(self).pop(name, None)
            data = read(X, label=label, cache=case.cache)
            return self._remember(np.array(data.classes), data)
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, skip_check_array=True)
        elif not _are_images(X):
            X, y = validate_data(self, X, y, ensure_all_finite="allow-nan", dtype=None)
        y = column_or_1d(y, warn=True)
        data = from_arrays(X, y, groups=groups)
        _, first = np.unique(data.target, return_index=True)
        return self._remember(y[data.row_names[first].astype(int)], data)

    def _remember(self, labels: NDArray[Any], data: Data) -> Data:
        """Keep the K ``labels`` as they were given, in scikit-learn's order; returns ``data``."""
        self.classes_, self._place = np.unique(labels, return_inverse=True)
        return data

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """(N, K) probabilities of the kept model, after its decision rule's correction."""
        decision = self._decide(X)
        return decision.proba[:, np.argsort(self._place)]

    def predict(self, X: Any) -> NDArray[Any]:
        """(N,) labels for rows, or for the table or image folder at a path."""
        decision = self._decide(X)
        return self.classes_[self._place[decision.predicted]]

    def _decide(self, X: Any) -> Decision:
        check_is_fitted(self)
        if isinstance(X, pd.DataFrame):
            if hasattr(self, "n_features_in_"):  # else it was fitted on a path
                validate_data(self, X, reset=False, skip_check_array=True)
        elif not isinstance(X, (str, Path)) and not _are_images(X):
            X = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=None)
        predictor = self._predictor or Predictor.load(Path(self.case_))
        decision, _ = predictor.decide(X)
        return decision

    def report(self, path: str | Path) -> Path:
        """Write the HTML report to ``path``."""
        from steelyard.report import write_report

        check_is_fitted(self)
        return Path(shutil.copyfile(write_report(Case(Path(self.case_))), path))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


def _are_images(X: Any) -> bool:
    return len(getattr(X, "shape", ())) == 4


def _temporary() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="steelyard-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
