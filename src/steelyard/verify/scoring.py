"""What predictions are worth: every metric with its interval, and paired differences."""

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from steelyard.core.trial import Interval
from steelyard.kit.intervals import (
    balanced_accuracy_interval,
    clopper_pearson,
    paired_balanced_accuracy_difference,
    sign_flip_test,
    wilson,
)
from steelyard.kit.metrics import GOALS, ConfusionMetric, Goal, log_loss
from steelyard.verify.alike import doubt_of_alike

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_GROUPS = 40
Z = 1.959963984540054
BESIDE = ("balanced-accuracy", "macro-f1", "kappa", "accuracy", "worst-class", "log-loss")


@dataclass(frozen=True)
class Predictions:
    """``target`` (N,), and one set of ``proba`` (N, K) and ``predicted`` (N,) for each of S seeds.

    Rows are what was sampled, seeds are repetitions: an interval never counts a row twice. Where
    rows come in groups or as copies, ``unit`` (N,) says which belong together: then units are what
    was sampled, and no limit is narrower than the jackknife over whole units makes it.
    """

    target: IntArray
    proba: FloatArray
    predicted: IntArray
    unit: IntArray | None = None

    @property
    def n_classes(self) -> int:
        """K."""
        return int(self.proba.shape[2])

    @cached_property
    def hits(self) -> FloatArray:
        """(N,) share of seeds in which the row is right."""
        hits: FloatArray = (self.predicted == self.target).mean(axis=0)
        return hits

    @cached_property
    def counts(self) -> IntArray:
        """(K,) rows a class."""
        counts: IntArray = np.bincount(self.target, minlength=self.n_classes)
        return counts

    def value(self, goal: Goal) -> float:
        """The goal, averaged over seeds."""
        if goal.needs == "proba":
            return float(np.mean([goal(self.target, proba) for proba in self.proba]))
        decided = [goal.function(self.target, p, self.n_classes) for p in self.predicted]
        return float(np.mean(decided))

    def first_seeds(self, seeds: int) -> "Predictions":
        """The first ``seeds`` of the S sets, to compare like with like."""
        return Predictions(self.target, self.proba[:seeds], self.predicted[:seeds], self.unit)

    def by_seed(self, goal: Goal) -> FloatArray:
        """(S,) the goal of every seed."""
        one = (slice(s, s + 1) for s in range(len(self.proba)))
        alone = (Predictions(self.target, self.proba[s], self.predicted[s]) for s in one)
        return np.array([each.value(goal) for each in alone])

    def without_each_group(self, goal: Goal) -> FloatArray:
        """(G,) the goal without one of G groups of rows, stratified by class; for the jackknife."""
        if goal.function is log_loss:
            return self._log_loss_without_each_group()
        if goal.needs == "proba":
            left = [np.flatnonzero(self._group != g) for g in range(self.n_groups)]
            return np.array([self._on(rows).value(goal) for rows in left])
        k, cell = self.n_classes, self._group * self.n_classes + self.target
        of_confusion = cast(ConfusionMetric[float], goal.function).from_confusion
        values = np.zeros(self.n_groups)
        for predicted in self.predicted:
            flat = np.bincount(cell * k + predicted, minlength=self.n_groups * k * k)
            matrices = flat.reshape(self.n_groups, k, k)
            rest = matrices.sum(axis=0) - matrices
            values += [of_confusion(matrix) for matrix in rest]
        return values / len(self.predicted)

    def _log_loss_without_each_group(self) -> FloatArray:
        """A mean needs no second look at the rows: each group's sum is taken off the total."""
        rows = np.arange(len(self.target))
        losses = -np.log(np.clip(self.proba[:, rows, self.target], np.finfo(float).eps, 1))
        sums = np.bincount(self._group, losses.mean(axis=0), self.n_groups)
        sizes = np.bincount(self._group, minlength=self.n_groups)
        left: FloatArray = (sums.sum() - sums) / (len(rows) - sizes)
        return left

    def _on(self, rows: IntArray) -> "Predictions":
        return Predictions(self.target[rows], self.proba[:, rows], self.predicted[:, rows])

    @property
    def n_groups(self) -> int:
        """G, how many groups of rows the jackknife leaves out in turn."""
        return min(_GROUPS, len(self.target) if self.unit is None else len(self._units[0]))

    @cached_property
    def in_units(self) -> bool:
        """Whether some rows belong together."""
        return self.unit is not None and len(self._units[0]) < len(self.target)

    @cached_property
    def _units(self) -> tuple[IntArray, IntArray]:
        """The units, and the place (N,) of each row's unit among them."""
        return np.unique(np.asarray(self.unit), return_inverse=True)

    @cached_property
    def _group(self) -> IntArray:
        if self.in_units:
            units, place = self._units
            whole = np.random.default_rng(0).permutation(len(units)) % self.n_groups
            return np.asarray(whole[place])
        # rows of one class go round the groups, so that every group has its share of each class
        order = np.random.default_rng(0).permutation(len(self.target))
        by_class = order[np.argsort(self.target[order], kind="stable")]
        group = np.empty(len(self.target), dtype=np.int64)
        group[by_class] = np.arange(len(self.target)) % self.n_groups
        return group

    def metrics(self, goal: Goal) -> dict[str, Interval]:
        """The goal and the metrics that always stand beside it."""
        goals = {**{name: GOALS[name] for name in BESIDE}, goal.name: goal}
        return {name: self.interval(each) for name, each in goals.items()}

    def interval(self, goal: Goal) -> Interval:
        """The goal with 95 % limits over rows, at the mean over seeds."""
        mean = self.value(goal)
        if goal == GOALS["balanced-accuracy"]:
            present = self.counts > 0
            hits = self.sum_by_class(self.hits)[present]
            found = balanced_accuracy_interval(hits, self.counts[present])
        elif goal == GOALS["accuracy"]:
            found = wilson(self.hits.sum(), len(self.target))
        elif goal == GOALS["worst-class"]:
            hits = self.sum_by_class(self.hits)
            shares = np.where(self.counts > 0, hits / np.maximum(self.counts, 1), np.inf)
            lowest = np.flatnonzero(shares == shares.min())
            worst = int(lowest[self.counts[lowest].argmin()])  # of equals the one least known
            found = clopper_pearson(round(hits[worst]), int(self.counts[worst]))
        else:
            half = Z * _error_over_groups(goal, self)
            below, above = (np.hypot(half, doubt) for doubt in doubt_of_alike(goal, self))
            return Interval(mean, *_within(goal, mean - float(below), mean + float(above)))
        low, high = min(float(found.low), mean), max(float(found.high), mean)
        if self.in_units:
            half = Z * _error_over_groups(goal, self)
            low, high = _within(goal, min(low, mean - half), max(high, mean + half))
        return Interval(mean, low, high)

    def sum_by_class(self, values: FloatArray) -> FloatArray:
        """(K,) sums of ``values`` (N,) over the rows of each class."""
        sums = np.bincount(self.target, weights=values, minlength=self.n_classes)
        return sums.astype(np.float64)


def difference(goal: Goal, new: Predictions, old: Predictions) -> Interval:
    """``new`` - ``old`` on the same rows, signed so that more is better, with limits and p.

    Balanced accuracy: paired intervals a class (Bonett and Price 2012) combined by MOVER, and an
    exact-by-resampling sign-flip test. Other goals: a delete-a-group jackknife over rows, widened
    for classes decided alike, and no p below that of as many swapped decisions. Where seeds
    disagree more than rows explain, the limits are widened by the spread over seeds.
    """
    mean = goal.gain(new.value(goal), old.value(goal))
    if np.array_equal(new.predicted, old.predicted) and np.array_equal(new.proba, old.proba):
        return Interval(0.0, 0.0, 0.0, 1.0)
    spread = _seed_error(goal, new, old)
    if goal == GOALS["balanced-accuracy"]:
        change = new.hits - old.hits
        gains = new.sum_by_class(np.maximum(change, 0))
        losses = new.sum_by_class(np.maximum(-change, 0))
        seen = new.counts > 0
        found = paired_balanced_accuracy_difference(gains[seen], losses[seen], new.counts[seen])
        low = mean - np.hypot(mean - min(found.low, mean), Z * spread)
        high = mean + np.hypot(max(found.high, mean) - mean, Z * spread)
        p = sign_flip_test(change, new.target, random_state=0)
        by_rows = Interval(mean, float(low), float(high), float(p))
        if not new.in_units:
            return by_rows
        by_units = _by_jackknife(goal, new, old, mean, spread)
        return Interval(
            mean,
            min(by_rows.low, by_units.low),
            max(by_rows.high, by_units.high),
            max(by_rows.p, by_units.p),
        )
    return _by_jackknife(goal, new, old, mean, spread)


def _by_jackknife(
    goal: Goal, new: Predictions, old: Predictions, mean: float, spread: float
) -> Interval:
    """The difference ``mean`` with limits over groups of rows, or of units, and over seeds."""
    half = Z * float(np.hypot(_error_over_groups(goal, new, old), spread))
    below, above = (float(np.hypot(half, d)) for d in doubt_of_alike(goal, new, old))
    most = goal.bounds[1] - goal.bounds[0]
    low, high = max(mean - below, -most), min(mean + above, most)
    p = _two_sided(mean, (below if mean > 0 else above) / Z)
    return Interval(mean, low, high, max(p, _smallest_p(goal, new, old)))


def _smallest_p(goal: Goal, new: Predictions, old: Predictions) -> float:
    """The p of a sign test in which all rows that changed changed for the better: d rows whose
    decisions were swapped at random would agree so with chance 2 / 2^d, and no figure of decisions
    is surer than that.
    """
    if goal.needs == "proba":
        return 0.0
    seeds = min(len(new.predicted), len(old.predicted))
    changed = (new.predicted[:seeds] != old.predicted[:seeds]).any(axis=0)
    return min(1.0, 2.0 ** (1 - int(changed.sum())))


def _seed_error(goal: Goal, new: Predictions, old: Predictions) -> float:
    """Standard error of the mean difference over seeds; 0 when there is one seed."""
    seeds = min(len(new.proba), len(old.proba))
    if seeds < 2:
        return 0.0
    change = new.by_seed(goal)[:seeds] - old.by_seed(goal)[:seeds]
    return float(np.std(change, ddof=1) / np.sqrt(seeds))


def _error_over_groups(goal: Goal, new: Predictions, old: Predictions | None = None) -> float:
    """Standard error of the goal, or of its difference to ``old``, from leaving out each group in
    turn (Shao and Tu 1995, section 2.3); infinite where all rows are one group.
    """
    n = new.n_groups
    if n < 2:
        return float("inf")
    values = new.without_each_group(goal) - (old.without_each_group(goal) if old else 0.0)
    return float(np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum()))


def _two_sided(mean: float, error: float) -> float:
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(mean) / error)) if error > 0 else (1.0 if mean == 0 else 0.0)


def _within(goal: Goal, low: float, high: float) -> tuple[float, float]:
    return max(low, goal.bounds[0]), min(high, goal.bounds[1])
