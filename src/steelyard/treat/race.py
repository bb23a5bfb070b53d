"""The race: tuned-base, the remedies and their pairs, out of fold, inside the time given.

Round one gives every recipe its first seed, the least invasive first. Before it, when only decision
rules have been tried, and after it, the leader is trained on all work rows, so that a verdict is
safe. Round two gives the other seeds to those that can still win. A deadline ends any round; what
is trained is never lost. What is decided before a seed is run looks at the seeds before it alone,
so that a killed race, which finds some of it stored, goes the same way. A training that takes many
times what the base takes is begun last in its round, and only where it can be finished and kept.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from steelyard.core.deadline import Deadline
from steelyard.core.exam import Exam
from steelyard.core.finding import Finding
from steelyard.core.learners import is_network
from steelyard.core.recipe import Recipe
from steelyard.core.shelf import Shelf
from steelyard.core.trial import Trial
from steelyard.engine.crew import Answer
from steelyard.examine.baseline import tuning_candidates
from steelyard.prescribe.prescription import Prescription, combine, prescribe
from steelyard.treat.scoreboard import Scoreboard
from steelyard.verify.selection import INDIFFERENCE, can_still_win, leader

# Shares of the time that is left when a round begins.
_TUNING, _REMEDIES, _PAIRS = 0.35, 0.6, 0.4
# Entries of at least so many trainings of the base are begun only where they can be finished.
_DEAR = 5.0


@dataclass
class Race:
    """One race over one data set.

    Attributes
    ----------
    closing : seconds that the report and the verdict take.
    tell : called with (what, done, total) as trainings finish.
    """

    board: Scoreboard
    exam: Exam
    findings: Sequence[Finding]
    remedies: Shelf
    deadline: Deadline
    closing: float = 0.7
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    tell: Callable[[str, int, int], None] = lambda what, done, total: None
    tuned_base: Recipe = field(init=False)
    start: Recipe = field(init=False)
    secured: Trial = field(init=False)
    entries: list[Prescription] = field(default_factory=list)
    unfit: dict[str, str] = field(default_factory=dict)
    too_dear: dict[str, str] = field(default_factory=dict)

    @property
    def seeds(self) -> int:
        """S, how many seeds a trial may get."""
        return len(self.board.fits.folds)

    def run(self) -> list[Trial]:
        """All trials: base and tuned-base first."""
        self.tuned_base = self._tune()
        self.start = self._where_remedies_start()
        self.entries, self.unfit = self._prescribe(self.start)
        self._secure()
        self._train("remedies", [e.recipe for e in self.entries], [0], _REMEDIES)
        helped = self._helped()
        pairs = combine(self.remedies, helped, self.exam) + self._under_the_best_rule(helped)
        self._enter("pairs of remedies", pairs)
        self._secure()
        self._enter("remedies of the network", self._for_the_network())
        self._secure()
        self._more_seeds()
        return self.trials()

    def _enter(self, what: str, found: Sequence[Prescription]) -> None:
        """Train what is new among ``found`` with its first seed; the last of equal ones counts."""
        known = {entry.recipe.key for entry in self.entries}
        new = {one.recipe.key: one for one in reversed(found) if one.recipe.key not in known}
        self.entries += reversed(new.values())
        self._train(what, [one.recipe for one in new.values()], [0], _PAIRS)

    def _for_the_network(self) -> list[Prescription]:
        """Where a network trained on the images themselves leads: what is made for networks."""
        trials = self.trials(1)
        ahead = self.leader(trials)
        led = next((e for e, t in zip(self.entries, trials[2:]) if t.key == ahead.key), None)
        if led is None or not is_network(led.recipe.model.name):
            return []
        if is_network(self.start.model.name):
            return []
        bare = replace(led.recipe, posthoc=self.start.posthoc)
        entries, _ = self._prescribe(bare)
        return [
            replace(
                e, name=f"{led.name}+{e.name}", codes=led.codes + e.codes, cost=led.cost * e.cost
            )
            for e in entries
            if e.stage in ("full", "pretraining")
        ]

    def _prescribe(self, start: Recipe) -> tuple[list[Prescription], dict[str, str]]:
        return prescribe(
            self.remedies, self.findings, start, self.exam,
            select=self.select, ignore=self.ignore,
        )  # fmt: skip

    def _where_remedies_start(self) -> Recipe:
        """Base or tuned-base: the one that decides better once its decision rule is mended.

        A setting that finds more of the rare class by the plain rule may rank it worse; which model
        is the better one shows only when the rule, which costs nothing to mend, is out of the way.
        """
        base, tuned = self.board.base, self.tuned_base
        if tuned == base:
            return base
        mended = {start: self._best_without_training(start) for start in (base, tuned)}
        return base if mended[base] >= mended[tuned] - INDIFFERENCE else tuned

    def _best_without_training(self, start: Recipe) -> float:
        """The largest gain over base of ``start``, as it is or with a post-hoc remedy."""
        entries, _ = self._prescribe(start)
        free = [entry.recipe for entry in entries if entry.stage == "posthoc"]
        gains = [self.board.difference(recipe, self.board.base) for recipe in (start, *free)]
        return max((gain for gain in gains if gain == gain), default=0.0)

    def finish(self, trials: Sequence[Trial]) -> tuple[Trial, list[int]]:
        """The trial to keep and the seeds for which it, base and tuned-base are fully trained.

        Where the time ends before the final leader is trained, the one that was secured stands.
        """
        for trial in (self.leader(trials), self.secured):
            for seed in range(self.seeds):
                self._refit(self._finalists(trial), seed, "final trainings")
            seeds = self._refitted(trial)
            if 0 in seeds:  # the model that is handed over is that of the first seed
                return trial, seeds
        return trials[0], []

    def _secure(self) -> None:
        leader = self.leader(self.trials(1))
        self._refit(self._finalists(leader), 0, "securing a verdict")
        if not hasattr(self, "secured") or self._refitted(leader):
            self.secured = leader

    def _finalists(self, trial: Trial) -> list[Recipe]:
        return [self.board.base, self.tuned_base, trial.recipe]

    def _refit(self, recipes: Sequence[Recipe], seed: int, what: str) -> None:
        self.tell(what, seed, self.seeds)
        until = self.deadline.after(1.0, keeping=self.closing)
        self.board.fits.refit(recipes, [seed], deadline=until)

    def _refitted(self, trial: Trial) -> list[int]:
        fits = self.board.fits
        return [
            seed
            for seed in range(trial.seeds)
            if all(
                fits.is_refitted(recipe, seed) and self.board.run_of(recipe, seed)
                for recipe in self._finalists(trial)
            )
        ]

    def _keeping(self, seeds: int) -> float:
        """Seconds for the final trainings of the first ``seeds`` seeds that are still to come.

        Finalists are those known so far, and a leader to come that is like the start.
        """
        fits = self.board.fits
        known = [self.board.base, *(getattr(self, name, None) for name in ("tuned_base", "start"))]
        if hasattr(self, "secured"):
            known.append(self.secured.recipe)
        finalists = {recipe.fit_key: recipe for recipe in known if recipe is not None}
        seconds = [
            fits.seconds_of_task(recipe) or fits.seconds_of_task(self.board.base)
            for recipe in finalists.values()
            for seed in range(seeds)
            if not fits.is_refitted(recipe, seed)
        ]
        seconds.append(fits.seconds_of_task(getattr(self, "start", self.board.base)))
        # a refit sees 1 / (1 - 1 / folds) times the rows, and its model is stored
        return 1.5 * sum(seconds) / min(fits.crew.size, max(1, len(seconds))) + self.closing

    def trials(self, seeds: int | None = None) -> list[Trial]:
        """What is known of every entry now, from all seeds or the first ``seeds`` of them."""
        seeds = seeds or self.seeds
        began = time.monotonic()
        base, tuned = self.board.base, self.tuned_base
        from_start = "base" if self.start == base else "tuned-base"
        named = [("base", base, base, ""), ("tuned-base", tuned, base, "base")]
        named += [(entry.name, entry.recipe, self.start, from_start) for entry in self.entries]
        scored = [
            replace(self.board.trial(name, recipe, start, tuned, seeds), start=told)
            for name, recipe, start, told in named
        ]
        # the verdict scores once more and the report reads it all: leave time for that
        self.closing = max(self.closing, 0.7 + 2 * (time.monotonic() - began))
        return [self._stopped_early(trial, seeds) for trial in scored]

    def _stopped_early(self, trial: Trial, seeds: int) -> Trial:
        if trial.state == "done" and trial.seeds < seeds:
            return replace(trial, state="stopped", why=f"after {trial.seeds} of {seeds} seeds")
        if trial.state == "stopped" and (why := self.too_dear.get(trial.recipe.fit_key)):
            return replace(trial, why=why)
        return trial

    def leader(self, trials: Sequence[Trial]) -> Trial:
        """The trial that may be kept: one that leads tuned-base, else tuned-base or base.

        It has all seeds that tuned-base has, or as many as its price allowed.
        """
        base, tuned = trials[0], trials[1]
        complete = [
            (trial, entry.invasiveness)
            for trial, entry in zip(trials[2:], self.entries)
            if trial.predicted is not None
            and (trial.seeds == tuned.seeds or trial.recipe.fit_key in self.too_dear)
        ]
        best = leader(
            [t for t, _ in complete], [i for _, i in complete],
            lambda a, b: self.board.gap_error(complete[a][0], complete[b][0]),
        )  # fmt: skip
        if best is not None:
            return complete[best][0]
        return tuned if base.vs_tuned_base.mean < 0 else base

    def _tune(self) -> Recipe:
        base = self.board.base
        candidates = tuning_candidates(base, self.exam.n_classes, len(self.exam.target))
        self._train("tuned-base", candidates, [0], _TUNING)
        gains = {c: self.board.difference(c, base) for c in candidates}
        best = max(candidates, key=lambda c: gains[c] if gains[c] == gains[c] else -1.0)
        return best if gains[best] > 0 else base

    def _helped(self) -> list[Prescription]:
        """The best settings of the remedies that are ahead of tuned-base by more than noise."""
        trials = [
            self.board.trial(e.name, e.recipe, self.start, self.tuned_base, 1) for e in self.entries
        ]
        ahead = sorted(
            (
                (trial.vs_tuned_base.mean, number)
                for number, trial in enumerate(trials)
                if trial.predicted is not None
                and trial.vs_tuned_base.mean > 0
                and trial.vs_tuned_base.p < 0.2
            ),
            reverse=True,
        )
        best: dict[str, Prescription] = {}
        for _, number in ahead:
            best.setdefault(self.entries[number].codes[0], self.entries[number])
        return list(best.values())[:4]

    def _under_the_best_rule(self, helped: Sequence[Prescription]) -> list[Prescription]:
        """The best post-hoc remedy on top of everything that was trained: it costs nothing.

        A model that decides worse by the plain rule may be the better one under the mended rule.
        """
        rules = [entry for entry in helped if entry.stage == "posthoc"]
        trained = [
            e for e in self.entries if e.stage != "posthoc" and self.board.run_of(e.recipe, 0)
        ]
        return [
            pair for e in trained for pair in combine(self.remedies, [*rules[:1], e], self.exam)
        ]

    def _more_seeds(self) -> None:
        """Base and tuned-base get all seeds, then the entries that can still win, best first."""
        always = [self.board.base, self.tuned_base]
        for seed in range(1, self.seeds):
            trials = [t for t in self.trials(seed)[2:] if t.predicted is not None]
            hopeful: list[Trial] = []
            if trials:
                best = max(trials, key=lambda t: t.vs_tuned_base.mean)
                hopeful = sorted(
                    (t for t in trials if can_still_win(t, best) and t.seeds >= seed),
                    key=lambda t: -t.vs_tuned_base.mean,
                )
            recipes = [*always, *(t.recipe for t in hopeful)]
            self._train(f"seed {seed + 1} of {self.seeds}", recipes, [seed], 1.0)

    def _train(
        self, what: str, recipes: Iterable[Recipe], seeds: Sequence[int], share: float
    ) -> None:
        wanted = list(recipes)
        keeping, fits = self._keeping(1 + max(seeds)), self.board.fits
        end = self.deadline.after(1.0, keeping=keeping)
        share_ends = self.deadline.after(share, keeping=keeping)
        folds_left = {recipe.fit_key: fits.n_folds for recipe in wanted}

        def count(answer: Answer) -> None:
            done = len(answer.task.arguments.get("held_out", ()))
            folds_left[answer.task.name] = folds_left.get(answer.task.name, 0) - done
            finished = sum(left <= 0 for left in folds_left.values())
            self.tell(what, finished, len(folds_left))

        self.tell(what, 0, len(folds_left))
        cheap = [recipe for recipe in wanted if self._cost(recipe) < _DEAR]
        fits.run(
            cheap, seeds, on_answer=count, deadline=end,
            # what cannot be finished is not begun
            last_start=min(share_ends, end - fits.seconds_of_task(self.board.base)),
        )  # fmt: skip
        for recipe in wanted:
            if self._cost(recipe) < _DEAR or self.board.run_of(recipe, max(seeds)):
                continue
            if (needed := self._seconds(recipe)) < end - time.monotonic():
                fits.run([recipe], seeds, on_answer=count, deadline=end)
            else:
                self.too_dear[recipe.fit_key] = f"it needs about {needed / 60:.1f} minutes"

    def _cost(self, recipe: Recipe) -> float:
        """In trainings of the base."""
        costs = {entry.recipe.fit_key: entry.cost for entry in self.entries}
        return costs.get(recipe.fit_key, 1.0)

    def _seconds(self, recipe: Recipe) -> float:
        """What one more seed of a dear recipe takes by the clock, and its training on all rows."""
        fits = self.board.fits
        seen, base = self.board.run_of(recipe, 0), self.board.run_of(self.board.base, 0)
        cpu = seen.seconds if seen else self._cost(recipe) * (base.seconds if base else 0.0)
        return 1.2 * cpu * (1 / fits.crew.size + 1 / (fits.n_folds - 1))
