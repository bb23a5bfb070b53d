"""The nouns as ``case.json``, the contract with other programs: schema 1, fields are only added."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import steelyard
from steelyard.core.case import SCHEMA
from steelyard.core.data import Data
from steelyard.core.plain import to_plain
from steelyard.core.trial import Interval, Trial
from steelyard.core.verdict import Verdict
from steelyard.diagnose import Diagnosis
from steelyard.options import Options


def summary(
    data: Data,
    work: NDArray[np.int64],
    test: NDArray[np.int64],
    options: Options,
    goal: str,
    diagnosis: Diagnosis,
    trials: Sequence[Trial],
    verdict: Verdict | None,
    unfit: Mapping[str, str],
    *,
    command: str,
    seconds: float,
) -> dict[str, Any]:
    """Plain data for ``case.json``; numbers that do not exist are null."""
    lacking = {**diagnosis.not_applicable, **unfit}
    return {
        "schema": SCHEMA,
        "steelyard": steelyard.__version__,
        "command": command,
        "seconds": round(seconds, 3),
        "data": {
            "kind": data.kind,
            "name": data.name,
            "source": str(Path(data.source).resolve()) if data.source else "",
            "rows": len(data.target),
            "classes": list(data.classes),
            "counts": data.counts().tolist(),
            "splits": {"work": len(work), "test": len(test)},
            "work_counts": data.counts(work).tolist(),
            "test_counts": data.counts(test).tolist(),
            "fingerprint": data.fingerprint,
            "notes": list(data.notes),
        },
        "goal": goal,
        "prior": options.prior or "uniform",
        "minutes": options.minutes,
        "random_state": options.random_state,
        "findings": to_plain(diagnosis.findings),
        "quiet": list(diagnosis.quiet),
        "not_applicable": [{"code": code, "why": why} for code, why in sorted(lacking.items())],
        "trials": [_trial(trial) for trial in trials],
        "verdict": None if verdict is None else to_plain(verdict),
        "model": None,  # known once a model is kept
        "report": "report.html",
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "key": trial.key,
        "name": trial.name,
        "start": trial.start,
        "changes": list(trial.changes),
        "seeds": trial.seeds,
        "state": trial.state,
        "why": trial.why,
        "trained_on": list(trial.trained_on),
        "seconds": round(trial.seconds, 3),
        "goal": _interval(trial.goal),
        "vs_tuned_base": _interval(trial.vs_tuned_base),
        "one_fit": to_plain(trial.one_fit),
        "calibration_error": to_plain(trial.calibration_error),
        "metrics": {name: _interval(value) for name, value in trial.metrics.items()},
    }


def _interval(interval: Interval) -> dict[str, float | None]:
    numbers = to_plain(interval)
    if math.isnan(interval.p):
        del numbers["p"]
    return dict(numbers)
