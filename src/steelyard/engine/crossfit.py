"""Out-of-fold predictions of recipes: K folds x seeds, stored by the recipe's hash, resumable."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard import __version__
from steelyard.core.case import Case
from steelyard.core.exam import Curve
from steelyard.core.learners import CLASS_MEANS, HEADS
from steelyard.core.recipe import Recipe
from steelyard.engine.crew import CREW, Answer, Crew, Task
from steelyard.engine.prepared import Prepared

# All folds of a head are trained in one task: a linear one in one pass over the features.
_FOLDS_AT_ONCE = frozenset({*HEADS, *CLASS_MEANS})


@dataclass(frozen=True)
class OutOfFold:
    """What one seed of a recipe gave.

    ``proba`` (N, K) of the work rows, held out; the processor seconds it took; its curves; and
    ``trained_on`` (K,), the rows of each class in the average training, None where not known.
    ``one_fit`` is the median of the trainings' seconds, to which the first, which loads libraries,
    adds nothing; their mean where all are one. ``member_counts`` (M, K) of each fold's ensemble:
    rows of each class that its members saw.
    """

    proba: NDArray[np.float64]
    seconds: float
    curves: tuple[Curve, ...] = ()
    trained_on: NDArray[np.float64] | None = None
    one_fit: float = float("nan")
    member_counts: tuple[NDArray[np.int64], ...] = ()


@dataclass
class Crossfit:
    """Trains recipes out of fold and refits them, never twice.

    Attributes
    ----------
    folds : (S, n_work) the fold of every work row, one assignment a seed.
    max_rows : most training rows of one fit; see `training_rows`.
    random_state : together with the seed's number it decides every training.
    failures : recipe fit_key -> why a training of it failed.
    """

    case: Case
    prepared: Prepared
    folds: NDArray[np.int64]
    max_rows: int
    random_state: int = 0
    crew: Crew = field(default_factory=lambda: CREW)
    failures: dict[str, str] = field(default_factory=dict)
    _wall: dict[str, float] = field(default_factory=dict)

    @property
    def n_folds(self) -> int:
        """How many parts the work rows are cut into."""
        return int(self.folds.max()) + 1

    def _place(self, recipe: Recipe, seed: int) -> str:
        # another version may train otherwise
        plan = f"{self.prepared.folder.name}-{self.n_folds}x{self.max_rows}-{__version__}"
        return f"trials/{recipe.fit_key}/{plan}/seed-{seed}"

    def _fold_file(self, seed: int) -> str:
        name = f"cache/{self.prepared.folder.name}/fold-{seed}-of-{self.n_folds}.npy"
        if not (self.case.folder / name).is_file():
            self.case.write(name, lambda part: np.save(part, self.folds[seed], allow_pickle=False))
        return str(self.case.folder / name)

    def _missing(self, recipe: Recipe, seed: int, with_curve: bool) -> list[Task]:
        result = f"{self._place(recipe, seed)}-fold-{{fold}}.npz"
        absent = [
            f
            for f in range(self.n_folds)
            if not (self.case.folder / result.format(fold=f)).exists()
        ]
        batches = [[f] for f in absent]
        if absent and recipe.model.name in _FOLDS_AT_ONCE:
            batches = [list(range(self.n_folds))]  # some alone would come out a little otherwise
        arguments: dict[str, Any] = {
            **self._common(recipe, seed),
            "fold": self._fold_file(seed),
            "with_curve": with_curve,
            "result": result,
        }
        return [
            Task("out_of_fold", {**arguments, "held_out": batch}, recipe.fit_key)
            for batch in batches
        ]

    def _common(self, recipe: Recipe, seed: int) -> dict[str, Any]:
        return {
            "case": str(self.case.folder),
            "prepared": str(self.prepared.folder),
            "n_classes": self.prepared.n_classes,
            "recipe": recipe.to_plain(),
            "max_rows": self.max_rows,
            "random_state": 1000 * (self.random_state + seed + 1) % 2**31,
        }

    def run(
        self,
        recipes: Iterable[Recipe],
        seeds: Sequence[int],
        *,
        deadline: float,
        last_start: float = float("inf"),
        with_curve: bool = False,
        with_model: bool = False,
        on_answer: Callable[[Answer], None] = lambda answer: None,
    ) -> None:
        """Train what is not stored yet, in the order given, until the deadline.

        ``last_start`` ends it as in `Crew.run`.
        ``with_model`` first trains each recipe on all work rows with the first seed, so that
        whatever happens later there is a model to hand over.
        """
        unique = {r.fit_key: r for r in recipes if r.fit_key not in self.failures}
        tasks = [t for r in unique.values() for s in seeds for t in self._missing(r, s, with_curve)]

        if with_model:
            tasks = self._missing_models(unique.values(), [0]) + tasks

        def noted(answer: Answer) -> None:
            self._note(answer)
            on_answer(answer)

        self.crew.run(tasks, deadline=deadline, last_start=last_start, on_answer=noted)

    def _note(self, answer: Answer) -> None:
        name = answer.task.name
        if answer.value is None:
            self.failures[name] = answer.failed
        else:
            self._wall[name] = min(answer.seconds, self._wall.get(name, answer.seconds))

    def seconds_of_task(self, recipe: Recipe) -> float:
        """What a training of ``recipe`` takes by the clock, or all folds of one; 0 when unknown.

        The shortest seen counts: the first task of every worker loads libraries too.
        """
        seen = self._wall.get(recipe.fit_key)
        if seen is None and (stored := self.stored(recipe, 0)):
            together = recipe.model.name in _FOLDS_AT_ONCE
            seen = stored.seconds / (1 if together else self.n_folds)
        return seen or 0.0

    def stored(self, recipe: Recipe, seed: int) -> OutOfFold | None:
        """The out-of-fold predictions of one seed; None while a fold is missing."""
        proba = np.full((self.folds.shape[1], self.prepared.n_classes), np.nan)
        seconds, curves, counts, drawn_rows = [], [], [], []
        for fold in range(self.n_folds):
            part = self.case.read_arrays(f"{self._place(recipe, seed)}-fold-{fold}.npz")
            if part is None:
                return None
            proba[part["row"]] = part["proba"]
            seconds.append(float(part["seconds"]))
            counts += [part["trained_on"]] if "trained_on" in part else []
            drawn = {k.removeprefix("curve_"): v for k, v in part.items() if k.startswith("curve_")}
            curves += [Curve(**drawn)] if drawn else []
            drawn_rows += [part["member_counts"]] if "member_counts" in part else []
        mean = np.mean(counts, axis=0) if counts else None
        # of folds that are trained at once the first has all the seconds
        at_once = recipe.model.name in _FOLDS_AT_ONCE
        one_fit = float(np.mean(seconds) if at_once else np.median(seconds))
        return OutOfFold(proba, sum(seconds), tuple(curves), mean, one_fit, tuple(drawn_rows))

    def refit(self, recipes: Iterable[Recipe], seeds: Sequence[int], *, deadline: float) -> None:
        """Train recipes on all work rows, what is not stored yet; keep the first seed's model."""
        unique = {r.fit_key: r for r in recipes}.values()
        tasks = self._missing_models(unique, seeds)
        self.crew.run(tasks, deadline=deadline, on_answer=self._note)

    def _missing_models(self, recipes: Iterable[Recipe], seeds: Sequence[int]) -> list[Task]:
        return [
            Task(
                "refit",
                {**self._common(r, s), "result": self.refit_place(r, s), "save": s == 0},
                r.fit_key,
            )
            for r in recipes
            for s in seeds
            if not self.is_refitted(r, s)
        ]

    def refit_place(self, recipe: Recipe, seed: int) -> str:
        """The case's folder with the model that was trained on all work rows."""
        return f"{self._place(recipe, seed)}-refit"

    def is_refitted(self, recipe: Recipe, seed: int) -> bool:
        """Whether the recipe was trained on all work rows with this seed."""
        return (self.case.folder / self.refit_place(recipe, seed) / "test.npz").is_file()

    def test_proba(self, recipe: Recipe, seed: int) -> NDArray[np.float64] | None:
        """(n_test, K) of the refitted model; None where it was not refitted."""
        stored = self.case.read_arrays(f"{self.refit_place(recipe, seed)}/test.npz")
        return None if stored is None else stored["proba"]

    def model_folder(self, recipe: Recipe) -> Path:
        """Where `load_model` finds the refitted model of the first seed."""
        return self.case.folder / self.refit_place(recipe, 0)
