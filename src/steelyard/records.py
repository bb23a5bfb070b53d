"""What a consultation leaves in the case besides ``case.json``: model, test rows, pictures."""

import platform
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

import steelyard
from steelyard.core.case import Case
from steelyard.core.data import Data
from steelyard.core.errors import UserError
from steelyard.core.learners import BOOSTERS, ENSEMBLES, is_network
from steelyard.core.plain import to_plain
from steelyard.core.recipe import Recipe
from steelyard.core.trial import Trial
from steelyard.engine.crossfit import Crossfit
from steelyard.intake import schema_of
from steelyard.options import Options
from steelyard.report.decisions import Comparison
from steelyard.report.thumbnails import thumbnails
from steelyard.verify.scoring import Predictions


def keep_model(
    fits: Crossfit, data: Data, recipe: Recipe, fitted_rule: dict[str, Any], backbone: str
) -> None:
    """Put the refitted model, and all that `Predictor` needs, into ``model/``."""
    case = fits.case
    fresh = case.folder / "model.new"
    shutil.rmtree(fresh, ignore_errors=True)
    for stored in fits.model_folder(recipe).iterdir():
        if stored.name != "test.npz":
            with stored.open("rb") as source:
                case.write(f"model.new/{stored.name}", partial(shutil.copyfileobj, source))
    if is_network(recipe.model.name):
        backbone = "none"  # it reads the pixels themselves
    parts = {
        "posthoc": {"name": recipe.posthoc.name, "fitted": fitted_rule},
        "recipe": recipe.to_plain(),
        "backbone": {"backbone": backbone},
        "schema": schema_of(data),
    }
    for name, part in parts.items():
        case.write_json(f"model.new/{name}.json", to_plain(part))
    shutil.rmtree(case.model, ignore_errors=True)
    fresh.rename(case.model)


def earlier_treatment(case: Case, aim: Mapping[str, Any]) -> dict[str, Any]:
    """Trials and verdict that the case holds for the same data and aim; empty where none.

    Raises `UserError` E155 where it holds a treatment with another aim, which an examination must
    not replace: the model would go with it.
    """
    try:
        old = case.read_json("case.json")
    except UserError:  # damaged, and about to be written anew
        return {}
    if not isinstance(old, dict) or not old.get("verdict"):
        return {}
    same = all(old.get(key) == aim[key] for key in ("schema", "goal", "prior", "random_state"))
    if same and old.get("data", {}).get("fingerprint") == aim["data"]["fingerprint"]:
        return {key: old[key] for key in ("trials", "verdict")}
    raise UserError(
        "E155",
        f"the case '{case.folder}' holds the treatment of other data, or with another aim",
        where=str(case.folder),
        why="an examination would leave it a model that the case no longer describes",
        fix="give the examination its own folder: --case DIR",
    )


def write_ensemble(case: Case, trials: Sequence[Trial], kept: str, fits: Crossfit) -> None:
    """``ensemble.npz``: the members of the kept ensemble, else of the one that gained most.

    Score over members a line for each fold and seed, and rows a member saw, the mean over both.
    Trainings that ended early are shorter; all are cut to the shortest. No ensemble, no file.
    """
    tried = [t for t in trials if t.recipe.model.name in ENSEMBLES]
    tried.sort(key=lambda t: (t.name != kept, -np.nan_to_num(t.vs_tuned_base.mean, nan=-9)))
    for trial in tried:
        runs = [run for s in range(trial.seeds) if (run := fits.stored(trial.recipe, s))]
        curves = [curve for run in runs for curve in run.curves]
        drawn = [counts for run in runs for counts in run.member_counts]
        if not curves or not drawn:
            continue
        length, members = min(c.steps.size for c in curves), min(len(counts) for counts in drawn)
        sides = ("train_loss", "val_loss", "train_score", "val_score")
        arrays = {side: np.stack([getattr(c, side)[:length] for c in curves]) for side in sides}
        mean = np.mean([counts[:members] for counts in drawn], axis=0)
        facts = {
            "trial": np.array([trial.name]),
            "rule": np.array([trial.recipe.posthoc.name]),
            "steps": curves[0].steps[:length],
            "by_sample": np.array([_by_sample(trial.recipe.model.name, mean)]),
        }
        case.write_arrays("ensemble.npz", {**facts, **arrays, "member_counts": mean})
        return
    (case.folder / "ensemble.npz").unlink(missing_ok=True)


def _by_sample(model: str, member_counts: Any) -> bool:
    """Whether a member trained with a sample that stands for the rows counted."""
    from steelyard.kit.ensembles.thinning import FEWEST

    return model in ("adacost", "adaboost") and bool(member_counts.sum(axis=1).max() > FEWEST)


def forget_treatment(case: Case) -> None:
    """Remove the model and test decisions of other data or of another aim; trials stay."""
    shutil.rmtree(case.model, ignore_errors=True)
    (case.folder / "ensemble.npz").unlink(missing_ok=True)
    forget_test(case)


def forget_test(case: Case) -> None:
    """Remove the test decisions of an earlier treatment, where this one opened no test split."""
    for name in ("test.npz", "thumbnails.npz"):
        (case.folder / name).unlink(missing_ok=True)


def write_test(
    case: Case,
    data: Data,
    test: NDArray[np.int64],
    base: Predictions,
    kept: Predictions,
    candidate: Predictions,
) -> None:
    """``test.npz``: what the models said of each test row, first seed.

    The candidate led the race; it is the kept one where it was proven better, else base is.
    """
    said = {"base": base, "kept": kept, "candidate": candidate}
    case.write_arrays(
        "test.npz",
        {
            "target": base.target,
            "row_names": data.row_names[test],
            **{f"{name}_predicted": one.predicted[0] for name, one in said.items()},
            **{f"{name}_proba": one.proba[0] for name, one in said.items()},
        },
    )
    if data.kind == "images":
        _write_pictures(case, data, test, base, kept)


def _write_pictures(
    case: Case, data: Data, test: NDArray[np.int64], base: Predictions, kept: Predictions
) -> None:
    """``thumbnails.npz``: images that became right or wrong, those of rare classes first."""
    changed = Comparison(data.classes, base.target, base.predicted[0], kept.predicted[0])
    case.write_arrays("thumbnails.npz", thumbnails(data.X, test, changed))


def write_reproduction(
    case: Case,
    options: Options,
    fits: Crossfit | None,
    command: str,
    base: Recipe,
    kept: Recipe,
    notes: tuple[str, ...],
) -> None:
    """``reproduce.json``: the exact command, seeds, versions and both recipes."""
    facts = {
        "command": command,
        "versions": _versions(),
        "seeds": options.seeds,
        "folds": fits.n_folds if fits else 0,
        "max_rows": fits.max_rows if fits else 0,
        "minutes": options.minutes,
        "random_state": options.random_state,
        "base": base.to_plain(),
        "kept": kept.to_plain(),
        "changes": base.diff(kept),
        "notes": notes,
    }
    case.write_json("reproduce.json", to_plain(facts))


def _versions() -> dict[str, str]:
    found = {"steelyard": steelyard.__version__, "python": platform.python_version()}
    for package in ("numpy", "scikit-learn", "torch", "imbalanced-learn", *BOOSTERS):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
