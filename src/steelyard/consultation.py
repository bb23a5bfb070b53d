"""One consultation: data in, exam, findings, race, verdict, and everything written to the case."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.case import SCHEMA, Case
from steelyard.core.data import Data
from steelyard.core.deadline import Deadline
from steelyard.core.errors import UserError
from steelyard.core.exam import Exam
from steelyard.core.plain import to_plain
from steelyard.core.recipe import Recipe, Step
from steelyard.core.trial import Trial
from steelyard.core.verdict import Verdict
from steelyard.diagnose import Diagnosis, ask_again, diagnose
from steelyard.engine.crew import Answer
from steelyard.engine.crossfit import Crossfit, OutOfFold
from steelyard.engine.image_features import OutOfTime, backbone_tag, features_of, pixels_on_disk
from steelyard.engine.planning import plan
from steelyard.engine.prepared import Prepared
from steelyard.examine.baseline import base_recipe, tuning_candidates
from steelyard.examine.measuring import measure
from steelyard.intake.splits import assign_folds, split_work_test
from steelyard.kit.metrics import Goal
from steelyard.options import Options
from steelyard.prescribe.prescription import prescribe
from steelyard.records import (
    earlier_treatment,
    forget_test,
    forget_treatment,
    keep_model,
    write_ensemble,
    write_reproduction,
    write_test,
)
from steelyard.report.summary import summary
from steelyard.treat import REMEDIES
from steelyard.treat.race import Race
from steelyard.treat.scoreboard import Scoreboard
from steelyard.verify.judging import judge, open_test

Tell = Callable[[str, int, int], None]

# What the base may take of the time, and the seconds that scoring, verdict and report take.
_FEATURES_SHARE = 0.7
_FIRST_SEED_SHARE = 0.85
_BASE_SHARE = 0.4
_ROWS_FOR_ONE_SEED = 200_000
_CLOSING = 0.7


@dataclass
class Consultation:
    """Everything about one data set, in the order in which it becomes known."""

    data: Data
    case: Case
    options: Options
    deadline: Deadline
    command: str = ""
    treating: bool = False
    tell: Tell = lambda what, done, total: None
    work: NDArray[np.int64] = field(init=False)
    test: NDArray[np.int64] = field(init=False)
    fits: Crossfit | None = None
    base: Recipe = field(init=False)
    exam: Exam = field(init=False)
    diagnosis: Diagnosis = field(init=False)
    trials: list[Trial] = field(default_factory=list)
    verdict: Verdict | None = None
    no_base: str = ""
    kept: Recipe | None = None
    unfit: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.data.kind == "predictions":
            self._accept_predictions()
        else:
            self.work, self.test = split_work_test(self.data, self.options.random_state)
            self._require_units()
        self.options.require_model_for(self.data.kind)
        self.goal, self.prior  # noqa: B018 - bad options are told before anything else is said

    def _require_units(self) -> None:
        units = self.data.unit[self.work]
        if (units == units[0]).all():
            raise UserError(
                "E188",
                f"all {len(units)} rows to work with belong together",
                where=self.data.source or self.data.name,
                why="they are of one group, or copies of one another, so none can be held out",
                fix="give rows of three groups at least, or leave --group out",
            )

    def _accept_predictions(self) -> None:
        """Predictions come from a model that is not here: all rows are examined, none is held."""
        if self.treating:
            raise UserError(
                "E185",
                f"'{self.data.name}' holds predictions, which cannot be treated",
                where=self.data.source,
                why="a remedy needs the rows that the model was trained on",
                fix="steelyard examine it, or give the data: steelyard treat PATH",
            )
        self.work, self.test = np.arange(len(self.data.target)), np.arange(0)

    @cached_property
    def goal(self) -> Goal:
        """What to get better at."""
        return self.options.goal_for(self.data.classes, self.data.counts(self.work))

    @cached_property
    def prior(self) -> NDArray[np.float64]:
        """(K,) class frequencies in use."""
        return self.options.prior_for(self.data.classes, self.data.counts(self.work))

    # ------------------------------------------------------------------ the exam
    def examine(self) -> Diagnosis:
        """Train the base out of fold, measure, and ask the detectors."""
        if not self.treating:
            earlier_treatment(self.case, self._aim())
        if self.data.kind == "predictions":
            self.base = Recipe(Step("given"))
            return self._diagnose([OutOfFold(self.data.X, 0.0)])
        try:
            fits = self.fits = self._prepare()
        except OutOfTime as late:
            return self._without_base(str(late))
        # so many rows leave a repetition nothing to tell: rows are the noise, not seeds
        enough = not self.treating and len(self.work) >= _ROWS_FOR_ONE_SEED
        seeds = range(1 if enough else self.options.seeds)
        done, trainings = 0, len(seeds) * fits.n_folds

        def count(answer: Answer) -> None:
            nonlocal done
            done += len(answer.task.arguments.get("held_out", ""))
            self.tell("base", done, trainings)

        self.tell("base", 0, trainings)
        # without its first seed nothing can be said at all; the others may take their share
        most = self.deadline.after(_FIRST_SEED_SHARE, keeping=_CLOSING)
        share = self.deadline.after(_BASE_SHARE, keeping=_CLOSING) if self.treating else most
        for some, until in ((seeds[:1], most), (seeds[1:], share)):
            fits.run(
                [self.base], some, with_curve=True, with_model=self.treating, on_answer=count,
                deadline=most, last_start=until,
            )  # fmt: skip
        runs = []
        for seed in seeds:
            run = fits.stored(self.base, seed)
            if run is None:
                break
            runs.append(run)
        failed = fits.failures.get(self.base.fit_key)
        self.no_base = f"the base failed: {failed}" if failed else "the time was up during the base"
        return self._diagnose(runs)

    def _without_base(self, why: str) -> Diagnosis:
        self.no_base = why
        return self._diagnose([])

    def _diagnose(self, runs: list[OutOfFold]) -> Diagnosis:
        self.exam = measure(
            self.data, self.work, self.test, goal=self.goal.name, prior=self.prior,
            base=runs, folds=self.fits.folds[: len(runs)] if runs and self.fits else None,
            model=str(self.base.model),
        )  # fmt: skip
        self.diagnosis = diagnose(
            self.exam, select=_of_detectors(self.options.select), ignore=self.options.ignore
        )
        return self.diagnosis

    def _prepare(self) -> Crossfit:
        data = self.data
        smallest = int(np.min(np.maximum(data.counts(self.work), 1)))
        self.base = base_recipe(
            data, smallest, network=self.options.network, learner=self.options.learner
        )
        X, categorical = self._features()
        plan_ = plan(
            self.base.model.name, len(self.work), X.shape[1], data.n_classes,
            thorough=self.treating,
        )  # fmt: skip
        model = self.base.model.name
        if ":" in model:  # the user's file, by its content
            model = backbone_tag(model)
        name = f"{data.fingerprint}-{self.options.random_state}-{model}"
        if data.kind == "images":  # other features of the same images
            name += f"-{backbone_tag(self.options.backbone)}"
        prepared = Prepared.write(
            self.case, name, data.n_classes, X=X, target=data.target, unit=data.unit,
            categorical=categorical, work=self.work, test=self.test,
        )  # fmt: skip
        if data.kind == "images" and not self.options.network:
            place = f"cache/{data.fingerprint}-{backbone_tag(self.options.backbone)}"
            prepared.write_pixels(self.case, pixels_on_disk(self.case, data.X, place))
        folds = [
            assign_folds(
                data.target[self.work], data.unit[self.work], plan_.n_folds,
                self.options.random_state + seed,
            )
            for seed in range(self.options.seeds)
        ]  # fmt: skip
        return Crossfit(
            self.case, prepared, np.stack(folds), plan_.max_rows, self.options.random_state
        )

    def _features(self) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """What models see: a table's columns, an image's features, or its pixels."""
        data = self.data
        if data.kind != "images" or self.options.network:
            return data.X, data.categorical
        found = features_of(
            self.case, data.X, self.options.backbone, data.fingerprint,
            deadline=self.deadline.after(_FEATURES_SHARE), tell=self.tell,
        )  # fmt: skip
        return found, np.zeros(found.shape[1], dtype=bool)

    # ------------------------------------------------------------- the treatment
    def treat(self) -> Verdict:
        """Race the remedies against the tuned base, open the test split once, and judge."""
        fits = self.fits
        if fits is None or self.exam.proba is None:
            if fits is not None and fits.is_refitted(self.base, 0):
                self.kept = self.base
                keep_model(fits, self.data, self.base, {}, self.options.backbone)
            says = f"No trial finished: {self.no_base}."
            self.verdict = Verdict("no-trial-finished", "base", 0, says)
            return self.verdict
        board = Scoreboard(
            fits, self.exam.target, self.goal, self.prior, self.base, self.data.unit[self.work]
        )
        race = Race(
            board, self.exam, self.diagnosis.findings, REMEDIES, self.deadline,
            select=_of_remedies(self.options.select), ignore=self.options.ignore, tell=self.tell,
        )  # fmt: skip
        self.trials = race.run()
        self.unfit = race.unfit
        self._ask_about_weights(board, race.start)
        self.verdict = self._judge(board, race)
        write_ensemble(self.case, self.trials, self.verdict.kept, board.fits)
        return self.verdict

    def _ask_about_weights(self, board: Scoreboard, start: Recipe) -> None:
        """P313 needs one model with and without class weights, which the race may have trained."""
        for trial in self.trials[2:]:
            bare = replace(trial.recipe, loss=start.loss, posthoc=start.posthoc)
            if trial.recipe.loss.params.get("class_weight") != "inverse" or bare != start:
                continue
            plain, weighted = (
                [run.proba for s in range(trial.seeds) if (run := board.run_of(recipe, s))]
                for recipe in (start, trial.recipe)
            )
            if plain and weighted:
                seen = replace(self.exam, proba=np.stack(plain), weighted_proba=np.stack(weighted))
                self.diagnosis = ask_again(self.diagnosis, "P313", seen)
                if start == self.base:
                    self.exam = replace(self.exam, weighted_proba=seen.weighted_proba)
                return

    def _judge(self, board: Scoreboard, race: Race) -> Verdict:
        tried = sum(trial.predicted is not None for trial in self.trials[2:])
        leader, seeds = race.finish(self.trials)
        if not seeds:
            if board.fits.is_refitted(self.base, 0):
                self._keep(board, self.base)
            return Verdict(
                "no-trial-finished", "base", tried,
                "Nothing is proven: the time was up before the final trainings; base is kept.",
            )  # fmt: skip
        if not len(self.test):
            self._keep(board, self.base)
            return Verdict(
                "no-proven-difference", "base", tried,
                "Nothing can be proven: no test rows could be set apart, because the rows of every "
                "class are copies of one another or of one group; base is kept.",
            )  # fmt: skip
        recipes = [self.base, race.tuned_base, leader.recipe]
        target, unit = self.data.target[self.test], self.data.unit[self.test]
        base, tuned, candidate = (board.on_test(recipe, seeds, target, unit) for recipe in recipes)
        report = open_test(self.goal, base, tuned, candidate, self.exam.counts)
        if not tried and self.trials[2:] and leader.name == "base":
            says = "No trial finished: the time was up before any remedy was tried; base is kept."
            verdict = Verdict("no-trial-finished", "base", 0, says, report)
        else:
            verdict = judge(leader.name, report, leader.vs_tuned_base, tried, goal=self.goal)
        won = leader.recipe if verdict.kept != "base" else self.base
        self._keep(board, won)
        handed = candidate if won != self.base else base
        write_test(self.case, self.data, self.test, base, handed, candidate)
        return verdict

    def _keep(self, board: Scoreboard, won: Recipe) -> None:
        self.kept = won
        keep_model(board.fits, self.data, won, board.fitted_rule(won, 0), self.options.backbone)

    # ------------------------------------------------------------------ the case
    def _limits(self) -> tuple[str, ...]:
        """What was done with less than all rows, and what was left out."""
        fits = self.fits
        if fits is None or len(self.work) * (1 - 1 / fits.n_folds) <= fits.max_rows:
            return ()
        return (
            f"each training saw {fits.max_rows} rows at most, every row of the rare classes "
            "among them, weighted so that the class frequencies stay as they are",
        )

    def planned(self) -> list[tuple[str, str]]:
        """What `--plan` prints, head and text: the base, folds, seeds and every remedy's change."""
        if self.data.kind == "predictions":
            return [("plan", "the predictions are examined as they are; nothing is trained")]
        smallest = int(np.min(np.maximum(self.data.counts(self.work), 1)))
        base = base_recipe(
            self.data, smallest, network=self.options.network, learner=self.options.learner
        )
        exam = measure(
            self.data, self.work, self.test, goal=self.goal.name, prior=self.prior,
            base=[], folds=None, model=str(base.model), look_at_rows=False,
        )  # fmt: skip
        found = diagnose(
            exam, select=_of_detectors(self.options.select), ignore=self.options.ignore
        ).findings
        entries, unfit = prescribe(
            REMEDIES, found, base, exam,
            select=_of_remedies(self.options.select), ignore=self.options.ignore,
        )  # fmt: skip
        columns = 1 if self.data.kind == "images" else self.data.X.shape[1]
        folds = plan(
            base.model.name, len(self.work), columns, self.data.n_classes, thorough=True
        ).n_folds
        tuned = len(tuning_candidates(base, exam.n_classes, len(self.work)))
        lines = [
            (
                "plan",
                f"base {base.model}, {folds} folds x {self.options.seeds} seeds, "
                f"{self.options.minutes:g} minutes; nothing was trained",
            ),
            ("", f"tuned-base: {tuned} other ordinary settings"),
        ]
        name = max(16, *(len(e.name) for e in entries)) if entries else 16
        lines += [
            (f"   {e.name:{name}} {e.stage:8}", "; ".join(base.diff(e.recipe))) for e in entries
        ]
        reasons: dict[str, list[str]] = {}
        for code, why in unfit.items():
            reasons.setdefault(why, []).append(code)
        told = (f"{', '.join(codes)}: {why}" for why, codes in reasons.items())
        return lines + [("   not applicable", text) for text in told]

    def _aim(self) -> dict[str, Any]:
        """What a treatment in the case must have been about to be left standing."""
        return {
            "schema": SCHEMA,
            "goal": self.goal.name,
            "prior": self.options.prior or "uniform",
            "random_state": self.options.random_state,
            "data": {"fingerprint": self.data.fingerprint},
        }

    def write(self) -> dict[str, Any]:
        """Write ``case.json`` and what the report needs; returns the summary.

        An examination leaves an earlier treatment of the same data as it was.
        """
        facts = summary(
            self.data, self.work, self.test, self.options, self.goal.name, self.diagnosis,
            self.trials, self.verdict, self.unfit,
            command=self.command, seconds=time.monotonic() - self.deadline.start,
        )  # fmt: skip
        earlier = {} if self.treating else earlier_treatment(self.case, self._aim())
        facts["model"] = "model/" if self.kept or (earlier and self.case.model.is_dir()) else None
        if not earlier:
            if self.kept is None:
                forget_treatment(self.case)
            elif self.verdict is None or self.verdict.test is None:
                forget_test(self.case)
            write_reproduction(
                self.case, self.options, self.fits, self.command,
                self.base, self.kept or self.base, self._limits(),
            )  # fmt: skip
        self.case.write_json("exam.json", to_plain(self.exam))
        self.case.write_json("case.json", facts | earlier)
        return facts | earlier


def _of_detectors(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(p for p in patterns if not p.upper().startswith("R"))


def _of_remedies(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(p for p in patterns if p.upper().startswith("R"))
