"""A Crossfit that trains nothing: what each recipe would have said is drawn by its skill."""

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steelyard.core.case import Case
from steelyard.core.exam import Exam
from steelyard.core.recipe import Recipe, Step
from steelyard.engine.crossfit import Crossfit
from steelyard.engine.prepared import Prepared
from steelyard.kit.metrics import GOALS
from steelyard.treat.scoreboard import Scoreboard

N, TEST = 300, 150
TARGET = (np.arange(N + TEST) % 5 == 0).astype(np.int64)
BASE = Recipe(
    Step("hist-gradient-boosting", {"max_leaf_nodes": 31, "min_samples_leaf": 20}),
    optim=Step("boosting", {"learning_rate": 0.1, "max_iter": 100, "l2": 0.0}),
)


@dataclass
class Scripted(Crossfit):
    """``skill`` maps a recipe to the distance of its two classes in logits, or raises.

    ``budget`` is how many trainings fit into the time.
    """

    skill: Callable[[Recipe], float] = lambda recipe: 1.0
    budget: float = float("inf")
    trained: int = 0

    def run(self, recipes: Iterable[Recipe], seeds: Sequence[int], **how: object) -> None:
        for recipe in {r.fit_key: r for r in recipes if r.fit_key not in self.failures}.values():
            for seed in seeds:
                for fold in range(self.n_folds):
                    name = f"{self._place(recipe, seed)}-fold-{fold}.npz"
                    rows = np.flatnonzero(self.folds[seed] == fold)
                    self._train(recipe, seed, name, rows, row=rows)

    def refit(self, recipes: Iterable[Recipe], seeds: Sequence[int], **how: object) -> None:
        for recipe in {r.fit_key: r for r in recipes}.values():
            for seed in seeds:
                name = f"{self.refit_place(recipe, seed)}/test.npz"
                self._train(recipe, seed, name, np.arange(N, N + TEST))

    def _train(self, recipe: Recipe, seed: int, name: str, rows, **beside) -> None:
        if (self.case.folder / name).exists() or self.trained >= self.budget:
            return
        self.trained += 1
        try:
            apart = self.skill(recipe)
        except ValueError as error:
            self.failures[recipe.fit_key] = str(error)
            return
        rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
        # a shift of the prior, as a model trained on 1 : 4 has it
        logit = apart * (TARGET[rows] - 0.5) - 1.4 + rng.normal(0, 1, len(rows))
        one = 1 / (1 + np.exp(-logit))
        proba = np.stack([1 - one, one], axis=1)
        self.case.write_arrays(name, {"proba": proba, "seconds": np.array(0.1), **beside})


def scripted(folder: Path, seeds: int = 2, **script) -> Scripted:
    prepared = Prepared(folder / "cache" / "made-up", 2)
    folds = np.stack([np.random.default_rng(s).permutation(N) % 3 for s in range(seeds)])
    return Scripted(Case(folder), prepared, folds, 1000, **script)


def board(fits: Scripted, goal: str = "balanced-accuracy") -> Scoreboard:
    return Scoreboard(fits, TARGET[:N], GOALS[goal], np.array([0.5, 0.5]), BASE)


def exam() -> Exam:
    """What remedies ask for: counts and the prior in use."""
    return Exam("table", ("no", "yes"), TARGET[:N], prior=np.array([0.5, 0.5]), n_features=3)
