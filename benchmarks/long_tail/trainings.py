"""Trainings of one benchmark, each once, in single-thread processes; what they gave is stored."""

import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from long_tail.contestants import Contestant, Part
from long_tail.data import LongTail, long_tail
from steelyard.core.case import Case
from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.recipe import Recipe, Step
from steelyard.engine.devices import one_thread
from steelyard.engine.fitting import fit_recipe
from steelyard.engine.prepared import Prepared
from steelyard.kit.metrics import recall
from steelyard.kit.posthoc import decide, fit_posthoc

_ALL_ROWS, _FOLDS = 400_000, 5


@dataclass(frozen=True)
class Outcome:
    """What one contestant reached with one seed: ``recalls`` (K,) on the balanced test rows.

    ``counts`` (K,) are its training rows, ``seconds`` processor time of the training.
    """

    data: str
    ratio: int
    seed: int
    key: str
    recalls: tuple[float, ...]
    counts: tuple[int, ...]
    seconds: float

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall."""
        return float(np.mean(self.recalls))


@dataclass(frozen=True)
class Job:
    """One training, the decision rules that share it, and what they are called."""

    data: str
    ratio: int
    seed: int
    recipe: Recipe
    rules: tuple[Step, ...]
    labels: tuple[str, ...]
    cifar: Path


class Store:
    """Outcomes as JSON lines in one file, by data, ratio, seed and recipe."""

    def __init__(self, file: Path) -> None:
        self.file, self.known = file, {}
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = file.read_text().splitlines() if file.is_file() else []
        for line in lines:
            self._keep(Outcome(**json.loads(line)))

    def _keep(self, one: Outcome) -> None:
        self.known[one.data, one.ratio, one.seed, one.key] = one

    def add(self, one: Outcome) -> None:
        """Keep an outcome and write it down at once."""
        self._keep(one)
        with self.file.open("a") as lines:
            lines.write(json.dumps(asdict(one)) + "\n")

    def find(self, data: str, ratio: int, seed: int, recipe: Recipe) -> Outcome | None:
        """None where it did not run yet."""
        return self.known.get((data, ratio, seed, recipe.key))


def recipes_of(
    part: Part, contestants: Sequence[Contestant], counts: Sequence[int]
) -> tuple[dict[str, Recipe], dict[str, str]]:
    """Label -> recipe for training rows of these class sizes (K,), and label -> why there is none.

    Sizes in any order: no recipe depends on which class is which.
    """
    kind = "images" if part.data == "cifar10" else "features"
    target = np.repeat(np.arange(len(counts)), counts)
    exam = Exam(kind, tuple(map(str, range(len(counts)))), target)
    recipes, unfit = {}, {}
    for one in contestants:
        try:
            recipes[one.label] = one.recipe(part.base, exam)
        except NotApplicable as why:
            unfit[one.label] = str(why)
    return recipes, unfit


def jobs_of(
    part: Part, contestants: Sequence[Contestant], ratios: Sequence[int], seeds: int,
    store: Store, counts: Callable[[int], Sequence[int]], cifar: Path,
) -> Iterator[Job]:  # fmt: skip
    """What is not stored yet, ratio by ratio, contestant by contestant."""
    for ratio in ratios:
        by_training: dict[str, dict[str, Recipe]] = {}
        for label, recipe in recipes_of(part, contestants, counts(ratio))[0].items():
            by_training.setdefault(recipe.fit_key, {})[label] = recipe
        for recipes in by_training.values():
            for seed in range(seeds):
                missing = {
                    label: recipe
                    for label, recipe in recipes.items()
                    if store.find(part.data, ratio, seed, recipe) is None
                }
                if missing:
                    rules = tuple(recipe.posthoc for recipe in missing.values())
                    first = next(iter(missing.values()))
                    yield Job(part.data, ratio, seed, first, rules, tuple(missing), cifar)


def run(jobs: Sequence[Job], n_processes: int, store: Store) -> None:
    """Run jobs; every outcome is stored and told as it comes."""
    for done, (job, outcomes) in enumerate(_answers(jobs, n_processes), 1):
        for one in outcomes:
            store.add(one)
        told = ", ".join(
            f"{label} {one.balanced_accuracy:.3f}" for label, one in zip(job.labels, outcomes)
        )
        where = f"{done} of {len(jobs)}: IR {job.ratio}, seed {job.seed}"
        print(f"  {where}: {told} ({outcomes[0].seconds:.0f} s)", flush=True)


def _answers(jobs: Sequence[Job], n_processes: int) -> Iterator[tuple[Job, list[Outcome]]]:
    if n_processes == 1:
        yield from ((job, work(job)) for job in jobs)
        return
    context = multiprocessing.get_context("spawn")  # a forked torch can hang
    with ProcessPoolExecutor(n_processes, mp_context=context) as processes:
        begun = {processes.submit(work, job): job for job in jobs}
        for answer in as_completed(begun):
            yield begun[answer], answer.result()


# ------------------------------------------------------------------- in a process
def work(job: Job) -> list[Outcome]:
    """Train once; one outcome a decision rule."""
    one_thread()
    tail = tail_of(job.data, job.ratio, job.seed, job.cifar)
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        prepared = prepared_rows(tail, Path(folder))
        everything = np.arange(len(tail.target))
        (model,) = fit_recipe(
            job.recipe, prepared, [everything], max_rows=_ALL_ROWS, seeds=[job.seed]
        )
        seconds = time.process_time() - began
        proba = model.predict_proba(tail.test)
        counts = np.bincount(tail.target, minlength=tail.n_classes)
        return [
            Outcome(
                job.data, job.ratio, job.seed, replace(job.recipe, posthoc=rule).key,
                tuple(recall(tail.test_target, _decided(rule, proba, job, prepared)).tolist()),
                tuple(counts.tolist()), round(seconds, 2),
            )
            for rule in job.rules
        ]  # fmt: skip


@lru_cache(maxsize=2)
def tail_of(data: str, ratio: int, seed: int, cifar: Path) -> LongTail:
    return long_tail(data, ratio, seed, cifar)


def prepared_rows(tail: LongTail, folder: Path) -> Prepared:
    """The training rows as a worker of `treat` reads them; the test rows are not among them."""
    n = len(tail.target)
    return Prepared.write(
        Case(folder), "rows", tail.n_classes,
        X=tail.X, target=tail.target, work=np.arange(n),
        categorical=np.zeros(tail.X.shape[1] if tail.X.ndim == 2 else 0, bool),
    )  # fmt: skip


def _decided(
    rule: Step, proba: NDArray[np.float64], job: Job, prepared: Prepared
) -> NDArray[np.int64]:
    """Decisions on the test rows by a rule that training rows alone have fitted."""
    seen, target, params = proba, prepared.target, dict(rule.params)
    if rule.name == "argmax":
        return proba.argmax(1)
    if params.get("tau") == "tuned":
        seen = out_of_fold(job.recipe, prepared, job.seed)
    else:  # nothing is fitted: the counts of the training rows say it all
        seen = np.full((len(target), prepared.n_classes), 1 / prepared.n_classes)
    fitted = fit_posthoc(rule.name, seen, target, goal="balanced-accuracy", **params)
    return decide(rule.name, fitted, proba).predicted


def out_of_fold(recipe: Recipe, prepared: Prepared, seed: int) -> NDArray[np.float64]:
    """(N, K) probabilities of every training row from a model that did not see it."""
    target = prepared.target
    fold = np.empty(len(target), np.int64)
    rng = np.random.default_rng(seed)
    for k in range(prepared.n_classes):  # classes of fewer rows than folds are spread as well
        rows = rng.permutation(np.flatnonzero(target == k))
        fold[rows] = (np.arange(len(rows)) + k) % _FOLDS
    parts = [np.flatnonzero(fold != f) for f in range(_FOLDS)]
    models = fit_recipe(recipe, prepared, parts, max_rows=_ALL_ROWS, seeds=[seed] * _FOLDS)
    proba = np.empty((len(target), prepared.n_classes))
    for f, model in enumerate(models):
        proba[fold == f] = model.predict_proba(prepared.X[fold == f])
    return proba
