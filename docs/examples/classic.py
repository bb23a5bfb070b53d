"""The classic example: 1,000 cats and 100 dogs to learn from, 100 cats and 1,000 dogs to get right.

    python docs/examples/classic.py        writes docs/classic.md and docs/classic.svg

Every remedy is tried on the base and every trial is shown on the test rows. That makes a
page to learn from; `steelyard treat` itself opens the test split for base, tuned-base and the
leader only. Needs ``../shared/data/cifar10.npz`` beside the checkout.
"""

import io
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from steelyard.consultation import Consultation
from steelyard.core.case import Case
from steelyard.core.data import Data
from steelyard.core.deadline import Deadline
from steelyard.core.exam import Exam
from steelyard.core.finding import Finding
from steelyard.core.recipe import Recipe
from steelyard.core.trial import Interval
from steelyard.engine.augmentation import flip_and_shift
from steelyard.engine.crew import CREW
from steelyard.engine.crossfit import Crossfit
from steelyard.engine.image_features import features_of
from steelyard.engine.prepared import Prepared
from steelyard.examine.baseline import tuning_candidates
from steelyard.intake import from_arrays
from steelyard.kit.intervals import holm
from steelyard.kit.metrics import GOALS, under_prior
from steelyard.options import Options
from steelyard.treat import REMEDIES
from steelyard.treat.scoreboard import Scoreboard
from steelyard.verify.judging import ALPHA, SMALLEST_EFFECT
from steelyard.verify.scoring import Predictions, difference

ROOT = Path(__file__).parents[2]
CIFAR = ROOT.parent / "shared" / "data" / "cifar10.npz"
BACKBONE, MINUTES = "efficientnet-lite0", 60.0
COPIES = 3  # of every training image, mirrored and moved by chance
NOTHING = Interval(0.0, 0.0, 0.0, 1.0)
BALANCED, ACCURACY = GOALS["balanced-accuracy"], GOALS["accuracy"]

Step = tuple[str, Mapping[str, object]]


@dataclass(frozen=True)
class Attempt:
    """Remedies with their settings, applied to the base one after the other.

    ``told`` the class frequencies in use, as with ``--prior`` and ``--goal accuracy``.
    """

    steps: tuple[Step, ...]
    told: bool = False

    def __str__(self) -> str:
        parts = [f"{code}{_setting(settings)}" for code, settings in self.steps]
        name = f" {REMEDIES[self.steps[0][0]].NAME}" if len(parts) == 1 else ""
        return "+".join(parts) + name + (" --prior" if self.told else "")

    def recipe(self, base: Recipe, exam: Exam) -> Recipe:
        """What the remedies make of ``base``."""
        for code, settings in self.steps:
            base = REMEDIES[code].apply(base, exam, **settings)
        return base


def _setting(settings: Mapping[str, object]) -> str:
    return "".join(f"({value})" for value in settings.values())


_STRONGER: Step = ("R510", {"how": "l2"})
TRIED = (
    Attempt((_STRONGER,)),
    Attempt((("R520", {"how": "more"}),)),
    Attempt((("R110", {"how": "over"}),)),
    Attempt((("R110", {"how": "under"}),)),
    Attempt((("R210", {"scheme": "sqrt"}),)),
    Attempt((("R210", {"scheme": "effective"}),)),
    Attempt((("R210", {"scheme": "inverse"}),)),
    Attempt((("R240", {"gamma": 2.0}),)),
    Attempt((("R250", {"gamma": 0.15}),)),
    Attempt((("R370", {"distance": "mahalanobis"}),)),
    Attempt((("R410", {"how": "generalized"}),)),
    Attempt((("R610", {"tau": "tuned"}),)),
    Attempt((("R620", {}),)),
    Attempt((_STRONGER, ("R210", {"scheme": "inverse"}))),
    Attempt((_STRONGER, ("R610", {"tau": "tuned"}))),
    Attempt((("R610", {"tau": 1.0}),), told=True),
    Attempt((("R620", {}),), told=True),
)


@dataclass(frozen=True)
class Outcome:
    """One trial: its decisions on the test rows, and its gain over the tuned base there."""

    name: str
    change: str
    on_work: float
    test: Predictions
    gain: Interval = NOTHING
    corrected_p: float = 1.0

    @property
    def helped(self) -> str:
        """``helped``, ``harmed`` or ``not proven``, by the rule that `treat` uses."""
        sure = self.corrected_p <= ALPHA and abs(self.gain.mean) >= SMALLEST_EFFECT
        if sure and self.gain.low > 0:
            return "helped"
        return "harmed" if sure and self.gain.high < 0 else "not proven"

    @property
    def recalls(self) -> NDArray[np.float64]:
        """(K,) share found of each class."""
        found: NDArray[np.float64] = self.test.sum_by_class(self.test.hits) / self.test.counts
        return found


@dataclass(frozen=True)
class Results:
    """What the page tells."""

    data: Data
    work: NDArray[np.int64]
    findings: Sequence[Finding]
    outcomes: list[Outcome]
    leader: str


# -------------------------------------------------------------------------- the data
def cats_and_dogs(random_state: int = 0) -> Data:
    """1,000 cats and 100 dogs to train on, 100 cats and 1,000 dogs to test on, 32 px."""
    with np.load(CIFAR) as stored:
        pixels, offsets = stored["data"], stored["offsets"]
        label, is_train, names = stored["label"], stored["is_train"], list(stored["classes"])
    rng = np.random.default_rng(random_state)
    images, labels, split = [], [], []
    for name, to_train, to_test in (("cat", 1000, 100), ("dog", 100, 1000)):
        for part, n in (("train", to_train), ("test", to_test)):
            rows = (label == names.index(name)) & (is_train == (part == "train"))
            for i in rng.permutation(np.flatnonzero(rows))[:n]:
                file = io.BytesIO(pixels[offsets[i] : offsets[i + 1]].tobytes())
                images.append(np.asarray(Image.open(file).convert("RGB")))
            labels += [name] * n
            split += [part] * n
    return from_arrays(np.stack(images), labels, split=split, name="cats and dogs")


# ------------------------------------------------------------------------ the trials
def classic(
    data: Data,
    case: Case,
    *,
    tried: Sequence[Attempt] = TRIED,
    tuning: int = 5,
    seeds: int = 3,
) -> Results:
    """Try everything in ``tried`` on the base; score it on the test rows of ``data``.

    ``tuning`` other ordinary settings compete for the tuned base.
    """
    visit = Consultation(
        data, case, Options(minutes=MINUTES, seeds=seeds), Deadline.in_minutes(MINUTES)
    )
    visit.examine()
    fits, target = visit.fits, data.target[visit.test]
    if fits is None:
        raise RuntimeError(visit.no_base)
    in_use = np.bincount(target) / len(target)
    unaware = Scoreboard(fits, visit.exam.target, BALANCED, None, visit.base)
    aware = Scoreboard(
        fits, visit.exam.target, under_prior(ACCURACY, in_use), in_use, visit.base
    )  # fmt: skip

    scored = partial(_outcome, target=target, seeds=range(seeds))
    candidates = [visit.base, *tuning_candidates(visit.base, 2, len(visit.work))[:tuning]]
    tuned = _best(unaware, candidates, range(seeds))
    outcomes = [
        scored("base", visit.base, "", unaware),
        scored("tuned-base", tuned, "; ".join(visit.base.diff(tuned)), unaware),
    ]
    copies = Scoreboard(
        _with_copies(visit), np.tile(visit.exam.target, 1 + COPIES), BALANCED, None, visit.base
    )
    change = f"{COPIES} copies of each image, mirrored and moved by chance"
    outcomes += [scored("augmentation", visit.base, change, copies, rows=len(visit.work))]
    for attempt in tried:
        exam = replace(visit.exam, prior=in_use) if attempt.told else visit.exam
        recipe = attempt.recipe(visit.base, exam)
        board = aware if attempt.told else unaware
        outcomes += [scored(str(attempt), recipe, "; ".join(visit.base.diff(recipe)), board)]
    return Results(data, visit.work, visit.diagnosis.findings, *_against_tuned(outcomes))


def _outcome(
    name: str, recipe: Recipe, change: str, board: Scoreboard, *,
    target: NDArray[np.int64], seeds: range, rows: int | None = None,
) -> Outcome:  # fmt: skip
    """Train out of fold and on all work rows; the first ``rows`` of them are real images."""
    board.fits.run([recipe], seeds, deadline=float("inf"))
    board.fits.refit([recipe], seeds, deadline=float("inf"))
    own = board.predictions(recipe, len(seeds))
    if own is None:
        raise RuntimeError(f"{name}: {board.fits.failures}")
    seen = Predictions(own.target[:rows], own.proba[:, :rows], own.predicted[:, :rows])
    return Outcome(name, change, seen.value(BALANCED), board.on_test(recipe, seeds, target))


def _best(board: Scoreboard, candidates: Sequence[Recipe], seeds: range) -> Recipe:
    """The ordinary setting that is best on the work rows: what everything is measured against."""
    board.fits.run(candidates, seeds, deadline=float("inf"))

    def balanced(recipe: Recipe) -> float:
        own = board.predictions(recipe, len(seeds))
        return -1.0 if own is None else own.value(BALANCED)

    return max(candidates, key=balanced)


def _with_copies(visit: Consultation) -> Crossfit:
    """The same training rows and their copies; a copy is always in the fold of its image."""
    plain = visit.fits
    if plain is None:
        raise RuntimeError(visit.no_base)
    images = torch.from_numpy(np.array(visit.data.X[visit.work])).permute(0, 3, 1, 2)
    generator = torch.Generator().manual_seed(0)
    copies = torch.cat([flip_and_shift(images, generator) for _ in range(COPIES)])
    name = f"{visit.data.fingerprint}-copies"
    added = features_of(
        visit.case, copies.permute(0, 2, 3, 1).contiguous().numpy(), BACKBONE, name,
        deadline=float("inf"), tell=lambda what, done, total: None,
    )  # fmt: skip
    n = len(visit.data.target)
    everything = Prepared.write(
        visit.case, name, visit.data.n_classes,
        X=np.concatenate([plain.prepared.X, added]),
        target=np.concatenate([visit.data.target, np.tile(visit.exam.target, COPIES)]),
        unit=np.concatenate([visit.data.unit, np.tile(visit.data.unit[visit.work], COPIES)]),
        categorical=plain.prepared.categorical,
        work=np.concatenate([visit.work, np.arange(n, n + len(added))]),
        test=visit.test,
    )  # fmt: skip
    return Crossfit(visit.case, everything, np.tile(plain.folds, 1 + COPIES), plain.max_rows)


def _against_tuned(outcomes: list[Outcome]) -> tuple[list[Outcome], str]:
    """Paired gains on the test rows, p values corrected for the number of trials; the leader."""
    tuned = outcomes[1].test
    gains = [difference(BALANCED, one.test, tuned) for one in outcomes]
    corrected = holm([gain.p for gain in gains[2:]])
    judged = [
        replace(one, gain=gain, corrected_p=p)
        for one, gain, p in zip(outcomes, gains, [1.0, 1.0, *corrected])
    ]
    return judged, max(judged, key=lambda one: one.on_work).name


if __name__ == "__main__":
    from classic_page import write_page

    if not CIFAR.is_file():
        sys.exit(f"skipped: there is no {CIFAR}")
    with tempfile.TemporaryDirectory() as folder:
        results = classic(cats_and_dogs(), Case(Path(folder)))
    CREW.dismiss()  # so that the processor time of the workers is known
    write_page(results, ROOT / "docs", sum(os.times()[:4]))
