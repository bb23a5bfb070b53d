"""What all ensembles here share: reading tables, counting members in, predicting with them."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import (
    check_array,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from steelyard.kit.ensembles.binned import Bins
from steelyard.kit.ensembles.columns import (
    Columns,
    check_no_dates,
    check_no_label_missing,
    check_no_text,
    is_frame,
)
from steelyard.kit.ensembles.drawing import Rows, rows_by_class
from steelyard.kit.ensembles.features import Features, Matrix, Reading
from steelyard.kit.ensembles.members import fit_member, learner, member_proba
from steelyard.kit.ensembles.prior import move_prior, prior_in_use
from steelyard.kit.ensembles.watching import (
    Watch,
    Watched,
    datasets,
    granularity,
    metric_table,
    printed,
)
from steelyard.kit.metrics.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Task:
    """The training data of one fit: ``y (N,)`` class numbers, ``weight (N,)`` of the user."""

    features: Features
    y: IntArray
    weight: FloatArray
    by_class: list[Rows]
    template: Any
    rng: np.random.Generator
    watch: Watch

    @property
    def counts(self) -> IntArray:
        """``(K,)`` rows a class."""
        return np.array([len(rows) for rows in self.by_class])

    def member(self, rows: Rows, seed: int, times: FloatArray | None = None) -> Any:
        """A member trained on some rows, each counted ``times``."""
        weight = self.weight[rows] if times is None else self.weight[rows] * times
        return fit_member(self.template, self.features.rows(rows), self.y[rows], weight, seed=seed)


class GrownEnsemble(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Members whose probabilities are averaged (``mean``), or are votes (``softmax`` of the sum).

    A subclass sets the parameters in its ``__init__`` and trains in ``fit`` between `_begin` and
    `_end`. Fitted attributes: ``estimators_``, ``estimator_weights_``, ``classes_``,
    ``class_prior_ (K,)`` of the data, ``trained_prior_ (K,)`` of what the members saw,
    ``member_counts_ (M, K)`` rows of each class that each member saw, repeated and synthetic ones
    too (a round of boosting stands for all of them by a sample on large tables, see `thinning`),
    ``evals_result_`` and ``eval_proba_`` of the watched data sets.
    """

    default_learner: ClassVar[str] = "tree"
    link: ClassVar[Literal["mean", "softmax"]] = "mean"

    estimator: Any
    n_estimators: int
    prior: Any
    n_jobs: int | None
    random_state: Any

    def _begin(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        eval_datasets: Mapping[str, tuple[Any, Any]] | None,
        eval_metrics: Mapping[str, Any] | None,
        train_verbose: Any,
    ) -> Task:
        if not isinstance(self.n_estimators, (int, np.integer)) or self.n_estimators < 1:
            raise ValueError(f"n_estimators must be at least 1, got {self.n_estimators!r}")
        asked = self._learner_asked_for()
        learner(asked, self.default_learner)  # a wrong one is told before X is read
        numbers, labels, columns = self._read_training(X, y)
        weight = _weights(sample_weight, numbers.shape[0])
        if not (counted := weight > 0).all():  # a copy of everything only where rows are left out
            numbers, labels, weight = numbers[counted], labels[counted], weight[counted]
        weighted = bool(weight.min() < weight.max())
        template, binned = learner(asked, self.default_learner, weighted)
        self.classes_, target = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y must hold at least two classes among the rows of positive weight, "
                f"got one class: {self.classes_.tolist()}"
            )
        self._reading = Reading(columns, Bins.of(numbers) if binned else None)
        mass = np.bincount(target, weight).astype(np.float64)
        prior_in_use(self.prior, mass)  # a wrong prior is told now and not after the training
        self.class_prior_ = mass / mass.sum()
        self.estimators_: list[Any] = []
        self.estimator_weights_ = np.empty(0)
        self.trained_prior_ = np.zeros(len(self.classes_))
        self.member_counts_ = np.empty((0, len(self.classes_)), dtype=np.int64)
        rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))
        watch = Watch(
            self.classes_,
            self._finish,
            {name: self._watched(*pair) for name, pair in datasets(eval_datasets).items()},
            metric_table(eval_metrics),
            granularity(train_verbose, self.n_estimators),
            printed(train_verbose),
        )
        by_class = rows_by_class(target, len(self.classes_))
        return Task(self._reading.of(numbers), target, weight, by_class, template, rng, watch)

    def _add(
        self, task: Task, member: Any, weight: float, seen: FloatArray, drawn: IntArray
    ) -> None:
        """Count in a member; ``seen (K,)`` is the class mass and ``drawn (K,)`` the rows it saw."""
        self.estimators_.append(member)
        self.estimator_weights_ = np.append(self.estimator_weights_, weight)
        share = seen / seen.sum()
        self.trained_prior_ = self.trained_prior_ + (share - self.trained_prior_) / len(
            self.estimators_
        )
        self.member_counts_ = np.vstack([self.member_counts_, drawn])
        task.watch.add(member, weight, drawn)

    def _end(self, task: Task) -> Any:
        self.evals_result_ = task.watch.results
        self.eval_proba_ = task.watch.proba()
        return self

    def _in_parallel(self, function: Any, arguments: Iterable[tuple[Any, ...]]) -> Iterable[Any]:
        """Answers in the order of the arguments, whatever ``n_jobs``; trees release the GIL."""
        answers: Iterable[Any] = Parallel(
            n_jobs=self.n_jobs, prefer="threads", return_as="generator"
        )(delayed(function)(*one) for one in arguments)
        return answers

    def predict_proba(self, X: Any) -> FloatArray:
        """``(N, K)`` in the order of ``classes_``, for the class frequencies of ``prior``."""
        check_is_fitted(self)
        total, weight = deque(self._totals(X), maxlen=1).pop()
        return self._finish(total, weight)

    def staged_predict_proba(self, X: Any) -> Iterator[FloatArray]:
        """``(N, K)`` of the first member, of the first two, and so on: one prediction a member."""
        check_is_fitted(self)
        for total, weight in self._totals(X):
            yield self._finish(total, weight)

    def _totals(self, X: Any) -> Iterator[tuple[FloatArray, float]]:
        """After each member the sum of weighted predictions, always the same array, and weights."""
        rows = self._reading.of(self._read_new(X)).all()
        K, so_far = len(self.classes_), 0.0
        total = np.zeros((rows.shape[0], K))
        asked = ((member, rows, K) for member in self.estimators_)
        for weight, proba in zip(self.estimator_weights_, self._in_parallel(member_proba, asked)):
            total += weight * proba
            so_far += float(weight)
            yield total, so_far

    def predict(self, X: Any) -> Any:
        """``(N,)`` the class of the highest probability."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _finish(self, total: FloatArray, weight: float) -> FloatArray:
        proba = total / weight if self.link == "mean" else softmax(total, axis=1)
        in_use = prior_in_use(self.prior, self.class_prior_)
        return proba if in_use is None else move_prior(proba, self.trained_prior_, in_use)

    def _learner_asked_for(self) -> Any:
        """The ``estimator`` parameter, which a subclass may know by another name."""
        return self.estimator

    def _takes_nan(self) -> bool:
        asked = self._learner_asked_for()
        if asked is None or isinstance(asked, str):
            return True
        return bool(get_tags(asked).input_tags.allow_nan)

    def _takes_sparse(self) -> bool:
        asked = self._learner_asked_for()
        if asked is None or isinstance(asked, str):
            return True
        return bool(get_tags(asked).input_tags.sparse)

    def _checks(self) -> dict[str, Any]:
        return {
            "accept_sparse": "csr" if self._takes_sparse() else False,
            "dtype": np.float64,
            "ensure_all_finite": "allow-nan" if self._takes_nan() else True,
        }

    def _read_training(self, X: Any, y: Any) -> tuple[FloatArray, Any, Columns | None]:
        columns = None
        check_no_label_missing(y)
        check_no_dates(X)
        if is_frame(X):
            validate_data(self, X, skip_check_array=True)
            columns = Columns.of(X)
            X = check_array(columns.matrix(X), estimator=self, **self._checks())
            y = column_or_1d(np.asarray(y), warn=True)
            check_consistent_length(X, y)
        else:
            try:
                X, y = validate_data(self, X, y, **self._checks())
            except ValueError:
                check_no_text(X)  # the likeliest reason, with its mend
                raise
        check_classification_targets(y)
        return X, y, columns

    def _read_new(self, X: Any) -> Matrix:
        columns = self._reading.columns
        check_no_dates(X)
        if columns is not None and is_frame(X):
            validate_data(self, X, reset=False, skip_check_array=True)
            return np.asarray(check_array(columns.matrix(X), **self._checks()))
        read: Matrix = validate_data(self, X, reset=False, **self._checks())
        return read

    def _watched(self, X: Any, y: Any) -> Watched:
        rows = self._reading.of(self._read_new(X)).all()
        return Watched(rows, np.asarray(y), np.zeros((rows.shape[0], len(self.classes_))))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._takes_nan()
        tags.input_tags.sparse = self._takes_sparse()
        return tags


def _weights(sample_weight: Any, n_rows: int) -> FloatArray:
    if sample_weight is None:
        return np.ones(n_rows)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape == ():
        weight = np.full(n_rows, float(weight))
    if weight.shape != (n_rows,) or not (np.isfinite(weight).all() and weight.min() >= 0):
        raise ValueError(
            f"sample_weight must be {n_rows} finite numbers, none below 0, got shape {weight.shape}"
        )
    if weight.max() == 0:
        raise ValueError("sample_weight must be above 0 in some rows, every weight is zero")
    return weight
