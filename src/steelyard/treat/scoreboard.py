"""Scoreboard: recipes and their stored out-of-fold predictions -> Trials."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from steelyard.core.errors import NotApplicable
from steelyard.core.recipe import Recipe
from steelyard.core.trial import Interval, Trial
from steelyard.engine.crossfit import Crossfit, OutOfFold
from steelyard.kit.metrics import Goal, calibration_error
from steelyard.kit.posthoc import cross_fit, decide, fit_posthoc
from steelyard.verify.scoring import Predictions, Z, difference


@dataclass
class Scoreboard:
    """Turns what `Crossfit` has stored into comparable trials; computes nothing twice."""

    fits: Crossfit
    target: NDArray[np.int64]
    goal: Goal
    prior: NDArray[np.float64] | None
    base: Recipe
    unit: NDArray[np.int64] | None = None
    _decided: dict[tuple[str, int], Predictions | None] = field(default_factory=dict)
    _metrics: dict[tuple[str, int], dict[str, Interval]] = field(default_factory=dict)
    _runs: dict[tuple[str, int], OutOfFold] = field(default_factory=dict)
    _calibration: dict[tuple[str, int], float] = field(default_factory=dict)

    def run_of(self, recipe: Recipe, seed: int) -> OutOfFold | None:
        """The out-of-fold run of one seed, read once."""
        key = recipe.fit_key, seed
        if key not in self._runs and (run := self.fits.stored(recipe, seed)):
            self._runs[key] = run
        return self._runs.get(key)

    def predictions(self, recipe: Recipe, seeds: int) -> Predictions | None:
        """Out-of-fold decisions of the first ``seeds`` seeds that are finished, in order."""
        found: list[Predictions] = []
        for seed in range(seeds):
            one = self._decide(recipe, seed)
            if one is None:
                break
            found.append(one)
        if not found:
            return None
        return Predictions(
            self.target,
            np.concatenate([one.proba for one in found]),
            np.concatenate([one.predicted for one in found]),
            self.unit,
        )

    def _decide(self, recipe: Recipe, seed: int) -> Predictions | None:
        key = recipe.key, seed
        run = self.run_of(recipe, seed)
        if run is None:
            return None
        if key not in self._decided:
            rule = recipe.posthoc
            decision = cross_fit(
                rule.name, run.proba, self.target, self.fits.folds[seed],
                goal=self.goal, prior=self.prior, **rule.params,
            )  # fmt: skip
            self._decided[key] = Predictions(
                self.target, decision.proba[None], decision.predicted[None], self.unit
            )
        return self._decided[key]

    def trial(
        self, name: str, recipe: Recipe, start: Recipe, tuned_base: Recipe, seeds: int
    ) -> Trial:
        """Score ``recipe`` against the tuned base over the seeds that both have.

        ``changes`` are against ``start``, the recipe that the remedy was applied to.
        """
        changes = start.diff(recipe)
        if recipe.fit_key in self.fits.failures:
            return Trial(
                recipe.key, name, recipe, changes,
                state="failed", why=self.fits.failures[recipe.fit_key],
            )  # fmt: skip
        try:
            old = self.predictions(tuned_base, seeds)
            new = None if old is None else self.predictions(recipe, len(old.proba))
        except NotApplicable as why:
            return Trial(recipe.key, name, recipe, changes, state="failed", why=str(why))
        if new is None or old is None:
            return Trial(recipe.key, name, recipe, changes, state="stopped", why="the time was up")
        done = len(new.proba)
        old = old.first_seeds(done)
        trained = [self.run_of(recipe, seed) for seed in range(done)]
        return Trial(
            recipe.key, name, recipe, changes,
            proba=new.proba, predicted=new.predicted, seeds=done,
            trained_on=_resampled_to(recipe, trained[0]),
            seconds=sum(run.seconds for run in trained if run),
            goal=(metrics := self._metrics_of(recipe, new))[self.goal.name],
            vs_tuned_base=difference(self.goal, new, old),
            one_fit=float(np.median([run.one_fit for run in trained if run])),
            calibration_error=self._calibration_of(recipe, new),
            metrics=metrics,
        )  # fmt: skip

    def _metrics_of(self, recipe: Recipe, found: Predictions) -> dict[str, Interval]:
        key = recipe.key, len(found.proba)
        if key not in self._metrics:
            self._metrics[key] = found.metrics(self.goal)
        return self._metrics[key]

    def _calibration_of(self, recipe: Recipe, found: Predictions) -> float:
        key = recipe.key, len(found.proba)
        if key not in self._calibration:
            errors = [calibration_error(found.target, proba) for proba in found.proba]
            self._calibration[key] = float(np.mean(errors))
        return self._calibration[key]

    def on_test(
        self,
        recipe: Recipe,
        seeds: Sequence[int],
        target: NDArray[np.int64],
        unit: NDArray[np.int64] | None = None,
    ) -> Predictions:
        """The refitted recipe on the test rows, its rule fitted on all work rows of each seed."""
        decisions = [
            decide(recipe.posthoc.name, self.fitted_rule(recipe, seed), proba)
            for seed in seeds
            if (proba := self.fits.test_proba(recipe, seed)) is not None
        ]
        return Predictions(
            target,
            np.stack([d.proba for d in decisions]),
            np.stack([d.predicted for d in decisions]),
            unit,
        )

    def fitted_rule(self, recipe: Recipe, seed: int) -> dict[str, object]:
        """The decision rule fitted on the out-of-fold predictions of all work rows."""
        run = self.run_of(recipe, seed)
        if run is None:
            raise LookupError(f"seed {seed} of {recipe.key} is not finished")
        fitted: dict[str, object] = fit_posthoc(
            recipe.posthoc.name, run.proba, self.target,
            goal=self.goal, prior=self.prior, **recipe.posthoc.params,
        )  # fmt: skip
        return fitted

    def difference(self, new: Recipe, old: Recipe) -> float:
        """Paired gain in the goal with the first seed; NaN where one has none."""
        a, b = self.predictions(new, 1), self.predictions(old, 1)
        return float("nan") if a is None or b is None else difference(self.goal, a, b).mean

    def gap_error(self, one: Trial, other: Trial) -> float:
        """Standard error of the paired gap in the goal between two finished trials."""
        seeds = min(one.seeds, other.seeds)
        found = [
            Predictions(self.target, trial.proba, trial.predicted, self.unit).first_seeds(seeds)
            for trial in (one, other)
            if trial.proba is not None and trial.predicted is not None
        ]
        gap = difference(self.goal, *found)
        return (gap.high - gap.low) / (2 * Z)


def _resampled_to(recipe: Recipe, run: OutOfFold | None) -> tuple[int, ...]:
    if recipe.sampler.name == "all-rows" or run is None or run.trained_on is None:
        return ()
    return tuple(round(n) for n in run.trained_on.tolist())
