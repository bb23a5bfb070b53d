"""The jobs a worker can do. Each takes plain arguments and leaves its result in the case."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.case import Case
from steelyard.core.recipe import Recipe
from steelyard.engine.fitting import curve_of, fit_recipe
from steelyard.engine.prepared import Prepared


def out_of_fold(
    case: str,
    prepared: str,
    n_classes: int,
    recipe: dict[str, Any],
    fold: str,
    held_out: list[int],
    max_rows: int,
    random_state: int,
    with_curve: bool,
    result: str,
) -> dict[str, Any]:
    """Train on all folds but one, for every fold in ``held_out``; write the held-out predictions.

    ``fold`` names the (n_work,) array of fold numbers; the result holds ``proba`` (n_held, K),
    ``row`` (n_held,) positions in the work rows, ``trained_on`` (K,) rows a class after
    re-sampling, and the curve where one was asked for; of an ensemble always, and the rows of each
    class that its members saw.
    """
    start, cpu = time.monotonic(), time.process_time()
    data = Prepared(Path(prepared), n_classes)
    folds = np.load(fold, allow_pickle=False)
    parts = [(np.flatnonzero(folds != n), np.flatnonzero(folds == n)) for n in held_out]
    counts: list[NDArray[np.int64]] = []
    models = fit_recipe(
        Recipe.from_plain(recipe), data, [data.work[train] for train, _ in parts],
        max_rows=max_rows, seeds=[random_state + n for n in held_out],
        checkpoints=[Path(case) / f"{result.format(fold=n)}.checkpoint" for n in held_out],
        on_rows=lambda seen: counts.append(seen.counts(n_classes)),
    )  # fmt: skip
    X = data.seen_by(recipe["model"]["name"])
    for number, (train, held), model in zip(held_out, parts, models):
        arrays = {"row": held, "proba": model.predict_proba(X[data.work[held]])}
        took = time.process_time() - cpu  # the curve is no part of a training
        sides = data.work[train], data.work[held]
        drawn = getattr(model, "member_counts", None)
        if drawn is not None:
            arrays["member_counts"] = drawn
        if (with_curve or drawn is not None) and (curve := curve_of(model, X, data.target, *sides)):
            arrays |= {f"curve_{name}": value for name, value in vars(curve).items()}
        arrays["trained_on"] = counts[held_out.index(number)]
        arrays["seconds"] = np.array(took)
        Case(Path(case)).write_arrays(result.format(fold=number), arrays)
        cpu = time.process_time()
    return {"wall": time.monotonic() - start}


def refit(
    case: str,
    prepared: str,
    n_classes: int,
    recipe: dict[str, Any],
    max_rows: int,
    random_state: int,
    result: str,
    save: bool,
) -> dict[str, Any]:
    """Train on all work rows; write the predictions for the test rows and, if asked, the model."""
    start = time.monotonic()
    data = Prepared(Path(prepared), n_classes)
    (model,) = fit_recipe(
        Recipe.from_plain(recipe), data, [data.work], max_rows=max_rows, seeds=[random_state],
        checkpoints=[Path(case) / f"{result}.checkpoint"],
    )  # fmt: skip
    X = data.seen_by(recipe["model"]["name"])
    target = Case(Path(case))
    if save:
        model.save(target, result)
    target.write_arrays(f"{result}/test.npz", {"proba": model.predict_proba(X[data.test])})
    return {"wall": time.monotonic() - start}


def features(
    images: str, rows: list[int], backbone: str, image_side: int, case: str, result: str
) -> dict[str, Any]:
    """Features of the images ``rows[0]`` to ``rows[1]`` from a frozen backbone, as ``result``."""
    from steelyard.engine.features import extract_features
    from steelyard.models.backbone import load_backbone

    pixels = np.load(images, mmap_mode="r", allow_pickle=False)[slice(*rows)]
    network = load_backbone(backbone, image_side)
    found = extract_features(np.asarray(pixels), network)
    Case(Path(case)).write(result, lambda part: np.save(part, found, allow_pickle=False))
    return {}


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "out_of_fold": out_of_fold,
    "refit": refit,
    "features": features,
}
