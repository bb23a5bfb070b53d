"""A whole case folder made from simulated predictions, whose numbers hang together."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from steelyard.core.case import Case
from steelyard.core.data import Column
from steelyard.core.exam import Curve, Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.core.plain import to_plain
from steelyard.core.recipe import Recipe, Step
from steelyard.core.trial import Interval
from steelyard.core.verdict import Verdict
from steelyard.kit.metrics import GOALS
from steelyard.verify.judging import judge, open_test
from steelyard.verify.scoring import Predictions, difference

GOAL = GOALS["balanced-accuracy"]
SHELLS = ("cowrie", "limpet", "whelk", "mussel", "oyster", "cockle", "scallop", "conch", "turrid")
BASE = Recipe(Step("forest", {"n_estimators": 200, "min_samples_leaf": 5}))
KEPT = replace(BASE, posthoc=Step("logit-adjusted", {"tau": 0.9}))


def class_names(k: int) -> tuple[str, ...]:
    """K names, shells first."""
    more = (f"{SHELLS[i % len(SHELLS)]} no. {i}" for i in range(len(SHELLS), k))
    return (*SHELLS, *more)[:k]


def tail_counts(k: int, largest: int, smallest: int) -> np.ndarray:
    """(K,) a long tail."""
    return np.round(np.geomspace(largest, smallest, k)).astype(np.int64)


def predictions(
    counts: np.ndarray, shift: float, seed: int, seeds: int = 2, signal: float = 2.2
) -> Predictions:
    """A model that knows the classes a little and leans to the prior by ``1 - shift``."""
    rng = np.random.default_rng(seed)
    k = len(counts)
    target = np.repeat(np.arange(k), counts)
    log_prior = np.log(counts / counts.sum())
    rows = rng.normal(size=(len(target), k)) * 1.1 + signal * np.eye(k)[target]
    logits = rows + 0.35 * rng.normal(size=(seeds, len(target), k)) + (1 - shift) * log_prior
    proba = np.exp(logits - logits.max(axis=2, keepdims=True))
    proba /= proba.sum(axis=2, keepdims=True)
    return Predictions(target, proba, proba.argmax(axis=2))


def write_case(
    folder: Path,
    k: int = 12,
    state: str = "proven-better",
    *,
    kind: str = "images",
    names: tuple[str, ...] | None = None,
    largest: int = 500,
    smallest: int = 20,
) -> Case:
    """Write every file of the case; ``state`` is that of the verdict, or ``examined``."""
    case = Case(folder)
    names = names or class_names(k)
    counts, test_counts = (
        tail_counts(k, largest, smallest),
        tail_counts(k, largest // 3, 6 if k > 2 else 40),
    )
    work = {shift: predictions(counts, shift, seed=1) for shift in (0.0, 0.15, 0.6, 0.9)}
    curves = tuple(_curve(np.random.default_rng(i)) for i in range(6))
    exam = Exam(
        kind=kind,
        classes=names,
        target=work[0.0].target,
        proba=work[0.0].proba,
        fold=np.zeros(work[0.0].predicted.shape, dtype=np.int64),
        curves=curves,
        columns=(Column("size", "number"),),
        test_counts=test_counts,
        model="forest",
    )
    case.write_json("exam.json", to_plain(exam))
    plain: dict[str, Any] = {
        "schema": 1,
        "steelyard": "0.1.0",
        "command": f"steelyard treat {folder.name}/ --minutes 5",
        "seconds": 252.0,
        "data": {
            "name": f"{folder.name}/",
            "kind": kind,
            "rows": int(counts.sum() + test_counts.sum()),
            "classes": list(names),
            "counts": (counts + test_counts).tolist(),
            "notes": [f"2 columns set aside: '{names[0]} date' (date), 'row id' (id-like)"],
            "splits": {"work": int(counts.sum()), "test": int(test_counts.sum())},
        },
        "goal": GOAL.name,
        "prior": "uniform",
        "findings": to_plain(findings(names, counts)),
        "not_applicable": [{"code": "S501", "why": "needs splits given by the user"}],
        "trials": [],
        "verdict": None,
    }
    if state != "examined":
        _add_race(case, plain, work, test_counts, state, kind, names)
    case.write_json("case.json", plain)
    return case


def write_members(
    case: Case, k: int, trial: str = "R710", members: int = 10, rule: str = "argmax"
) -> None:
    """``ensemble.npz``: an ensemble whose members see 20 rows of each class, in six trainings."""
    curves = [_curve(np.random.default_rng(i)) for i in range(6)]
    sides = ("train_loss", "val_loss", "train_score", "val_score")
    case.write_arrays(
        "ensemble.npz",
        {
            "trial": np.array([trial]),
            "rule": np.array([rule]),
            "steps": np.arange(1.0, members + 1),
            "member_counts": np.full((members, k), 20.0),
            **{side: np.stack([getattr(c, side)[:members] for c in curves]) for side in sides},
        },
    )


def findings(names: tuple[str, ...], counts: np.ndarray) -> list[Finding]:
    """Three of them, in no order."""
    ratio = counts[0] / counts[-1]
    return [
        Finding("T401", "overfitting", "low", 0.88, "train 0.99, val 0.71; lowest at step 22"),
        Finding(
            "D101",
            "class-imbalance",
            "high",
            0.99,
            f"{names[0]} {counts[0]}, {names[-1]} {counts[-1]}: {ratio:.0f} times.",
            where=tuple(names[-5:]),
            evidence=(Evidence("imbalance ratio", ratio, expected="under 10"),),
            helps=("R610", "R210"),
        ),
        Finding(
            "P301",
            "classes-below-chance",
            "critical",
            0.97,
            f"The rarest classes together: 1 of 82 right, 0.012 [0.002, 0.066]; guessing "
            f"{1 / len(names):.3f} ({names[-1]} alone has too few rows to tell).",
            where=(names[-1],),
            evidence=(Evidence("pooled recall", 1 / 82, 0.002, 0.066, 82, "at least guessing"),),
            helps=("R610", "R210"),
        ),
    ]


def _add_race(
    case: Case,
    plain: dict[str, Any],
    work: dict[float, Predictions],
    test_counts: np.ndarray,
    state: str,
    kind: str,
    names: tuple[str, ...],
) -> None:
    if state == "no-trial-finished":
        plain["verdict"] = to_plain(Verdict(state, "base", 0, "0.05 minutes were too short."))
        return
    lift = 0.9 if state == "proven-better" else 0.05
    base, tuned = (predictions(test_counts, s, seed=2) for s in (0.0, 0.1 if lift else 0.0))
    leader = predictions(test_counts, lift, seed=2)
    opened = open_test(GOAL, base, tuned, leader, test_counts)
    verdict = judge("R610", opened, Interval(0.1, 0.04, 0.16), 5, goal=GOAL)
    assert verdict.state == state
    plain["verdict"] = to_plain(verdict)
    changes = {
        "base": (0.0, []),
        "tuned-base": (0.15, ["model: forest(n_estimators=200) -> forest(n_estimators=800)"]),
        "R610": (0.9, ["posthoc: argmax -> logit-adjusted(tau=tuned)"]),
        "R210(sqrt)": (0.6, ["loss: cross-entropy -> cross-entropy(class_weight=sqrt)"]),
    }
    plain["trials"] = [
        {
            "key": name,
            "name": name,
            "changes": lines,
            "seeds": 2,
            "state": "done",
            "why": "",
            "seconds": 12.0,
            "goal": to_plain(work[shift].interval(GOAL)),
            "vs_tuned_base": to_plain(difference(GOAL, work[shift], work[0.15])),
        }
        for name, (shift, lines) in changes.items()
    ]
    missing = to_plain(Interval(float("nan")))
    plain["trials"] += [
        {"name": "R130", "state": "failed", "why": "needs 6 rows", "goal": missing},
        {"name": "R510", "state": "stopped", "why": "cannot win", "vs_tuned_base": missing},
    ]
    row_names = np.array([f"{names[k][:20]}/{i:04}.png" for i, k in enumerate(base.target)])
    kept = leader if verdict.kept != "base" else base
    arrays = {
        "target": base.target,
        "row_names": row_names,
        "base_predicted": base.predicted[0],
        "kept_predicted": kept.predicted[0],
        "candidate_predicted": leader.predicted[0],
        "base_proba": base.proba[0],
        "kept_proba": kept.proba[0],
    }
    case.write_arrays("test.npz", arrays)
    if kind == "images":
        case.write_arrays("thumbnails.npz", _thumbnails(arrays))
    case.write_json(
        "reproduce.json",
        {
            "command": plain["command"],
            "versions": {"python": "3.11.7", "numpy": "2.4.1", "scikit-learn": "1.9.1"},
            "seeds": 2,
            "folds": 5,
            "minutes": 5.0,
            "random_state": 0,
            "base": BASE.to_plain(),
            "kept": (KEPT if verdict.kept != "base" else BASE).to_plain(),
            "changes": plain["trials"][2]["changes"],
            "notes": ["stopped at 5 minutes"],
        },
    )


def _thumbnails(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Noisy blobs, one hue a class, of every row that changed."""
    changed = np.flatnonzero(arrays["base_predicted"] != arrays["kept_predicted"])[:400]
    y, x = np.mgrid[0:48, 0:48] / 24.0 - 1
    pixels = []
    for row in changed:
        rng = np.random.default_rng(row)
        hue = np.random.default_rng(arrays["target"][row]).uniform(60, 230, 3)
        blob = np.exp(-((x - rng.normal() / 5) ** 2 + (y - rng.normal() / 5) ** 2) * 3)
        noisy = 30 + blob[..., None] * hue + rng.normal(size=(48, 48, 3)) * 9
        pixels.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return {"row": changed, "pixels": np.array(pixels, dtype=np.uint8).reshape(-1, 48, 48, 3)}


def _curve(rng: np.random.Generator) -> Curve:
    steps = np.arange(1.0, 61.0)
    noise = rng.normal(size=(4, 60)) * 0.008
    fall = np.exp(-steps / 12)
    val = 0.9 * fall + 0.42 + 0.004 * np.maximum(steps - 22, 0)
    return Curve(
        steps,
        1.05 * fall + 0.05 + noise[0],
        val + noise[1],
        1 - 0.7 * fall + noise[2],
        0.72 - 0.5 * fall + noise[3],
    )
