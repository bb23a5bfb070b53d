"""A predictions file: probabilities or logits of a model beside the true labels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from steelyard.core.data import Data
from steelyard.core.errors import UserError, first_five
from steelyard.intake.assemble import assemble
from steelyard.intake.label_column import OBVIOUS, require_column
from steelyard.intake.label_text import natural, text_codes
from steelyard.intake.labels import Labels
from steelyard.intake.tables import open_table

_PREFIXES = ("proba_", "logit_", "logits_")
_IDS = ("id", "ids", "row", "row_id")
_WEIGHTED = ("proba_weighted", "logits_weighted")


def looks_like_predictions(columns: Sequence[str]) -> bool:
    """Whether a table's columns are those of a predictions file and no others.

    >>> looks_like_predictions(["id", "y", "proba_cat", "proba_dog"])
    True
    """
    scores = [c for c in columns if c.startswith(_PREFIXES)]
    return len(scores) > 1 and len(columns) - len(scores) <= 3


def read_predictions_table(path: Path, *, label: str | None = None, name: str = "") -> Data:
    """Columns ``proba_<class>`` (or ``logit_<class>``), a label column, and perhaps ``id``."""
    frame = open_table(path).read()
    prefix = next(p for p in _PREFIXES if any(c.startswith(p) for c in frame.columns))
    scores = [c for c in frame.columns if c.startswith(prefix)]
    others = [c for c in frame.columns if c not in scores]
    found = label or next((c for c in others if c.strip().lower() in OBVIOUS), "y")
    require_column(found, others, str(path), "--label")
    ids = next((c for c in others if c.strip().lower() in _IDS), None)
    return predictions_data(
        frame[scores].to_numpy(np.float64),
        frame[found],
        classes=[c.removeprefix(prefix) for c in scores],
        ids=None if ids is None else frame[ids].astype(str).to_numpy(),
        logits=prefix != "proba_",
        name=name,
        source=str(path),
        label_name=found,
    )


def read_predictions_npz(stored: Mapping[str, NDArray[Any]], path: Path, *, name: str = "") -> Data:
    """Arrays ``proba`` or ``logits`` (N, K), ``y`` (N,), and perhaps ``classes`` and ``id``.

    ``proba_weighted`` or ``logits_weighted`` are those of the same model trained with weights.
    """
    key = "proba" if "proba" in stored else "logits"
    target = next((stored[k] for k in (*OBVIOUS, "labels") if k in stored), None)
    if target is None:
        raise _bad(path, f"it holds {key} but no y", "add the true labels as y")
    ids = next((stored[k] for k in _IDS if k in stored), None)
    weighted = next((k for k in _WEIGHTED if k in stored), None)
    data = predictions_data(
        stored[key].astype(np.float64),
        target,
        classes=[str(c) for c in stored["classes"]] if "classes" in stored else None,
        ids=None if ids is None else ids.astype(str),
        logits=key == "logits",
        name=name,
        source=str(path),
        label_name="y",
    )
    if weighted is None:
        return data
    second = _probabilities(
        stored[weighted].astype(np.float64), weighted.startswith("logits"), path, weighted
    )
    if second.shape != data.X.shape:
        raise _bad(path, f"{weighted} of shape {second.shape} beside {key} {data.X.shape}")
    return replace(data, weighted_proba=second)


def predictions_data(
    scores: NDArray[np.float64],
    target: Any,
    *,
    classes: Sequence[str] | None,
    ids: NDArray[np.str_] | None = None,
    logits: bool = False,
    name: str = "predictions",
    source: str = "",
    label_name: str = "y",
) -> Data:
    """Data of kind ``predictions``: X holds probabilities (N, K).

    Raises
    ------
    UserError
        E117 when the shapes disagree, a number is missing, rows do not sum to 1, or a label is not
        one of the classes.
    """
    where = Path(source)
    N = len(target)
    if scores.ndim != 2 or scores.shape[0] != N or scores.shape[1] < 2:
        raise _bad(where, f"scores of shape {scores.shape} for {N} labels; wanted (N, K)")
    proba = _probabilities(scores, logits, where)
    names, index = _match(target, classes, scores.shape[1], where)
    rows = np.arange(N)
    texts, counts = np.unique(index, return_counts=True)
    seen = {names[k]: int(n) for k, n in zip(texts, counts)}
    labels = Labels(rows, index, tuple(names), {"work": seen})
    return assemble(
        proba,
        labels,
        name=name,
        kind="predictions",
        content=None,
        split=np.full(N, "", dtype="<U5"),
        row_names=_unique(ids, where) if ids is not None else rows.astype(f"<U{len(str(N))}"),
        source=source,
        label_name=label_name,
    )


def _probabilities(
    scores: NDArray[np.float64], logits: bool, where: Path, of: str = ""
) -> NDArray[np.float64]:
    """Scores (N, K) as probabilities; `UserError` E117 where a row is none, ``of`` the array."""
    within = f" of {of}" if of else ""
    bad = np.flatnonzero(~np.isfinite(scores).all(axis=-1))
    if bad.size:
        what = f"{bad.size} rows{within} hold missing or infinite scores, the first is {bad[0]}"
        raise _bad(where, what)
    proba = softmax(scores, axis=-1) if logits else scores
    bad = np.flatnonzero((proba < -1e-6).any(axis=-1) | (np.abs(proba.sum(axis=-1) - 1) > 1e-3))
    if bad.size:
        fix = "name them logits if that is what they are"
        what = f"{bad.size} rows{within} are no probabilities, the first is {bad[0]}"
        raise _bad(where, what, fix)
    proba = np.clip(proba, 0, None)
    return np.asarray(proba / proba.sum(axis=-1, keepdims=True))


def _match(
    target: Any, classes: Sequence[str] | None, K: int, where: Path
) -> tuple[list[str], NDArray[np.int64]]:
    """The K class names and the index (N,) of each label among them."""
    codes, texts = text_codes(target)
    if (codes < 0).any():
        empty = np.flatnonzero(codes < 0)
        raise UserError(
            "E111",
            f"{empty.size} of {codes.size} labels are empty",
            where=str(where),
            why=f"rows {first_five(empty)}",
            fix="delete those rows",
        )
    indices = [str(k) for k in range(K)]
    if classes is None:
        as_index = set(texts) <= set(indices)
        classes = indices if as_index else sorted(texts, key=natural)
    if len(classes) != K:
        raise _bad(where, f"{K} scores a row but {len(classes)} classes", "store their names")
    place = {str(text): k for k, text in enumerate(classes)}
    if not set(texts) <= set(place) and set(texts) <= set(indices):
        place = {text: k for k, text in enumerate(indices)}
    unknown = [text for text in texts if text not in place]
    if unknown:
        raise _bad(where, f"labels without a score: {first_five(unknown)}", "name every class")
    return list(classes), np.array([place[t] for t in texts], dtype=np.int64)[codes]


def _unique(ids: NDArray[np.str_], where: Path) -> NDArray[np.str_]:
    repeated = len(ids) - len(pd.unique(ids))
    if repeated:
        raise _bad(where, f"{repeated} row ids stand twice", "give every row its own id")
    return ids.astype(str)


def _bad(where: Path, what: str, fix: str = "") -> UserError:
    return UserError("E117", f"'{where.name}': {what}", where=str(where), fix=fix)
