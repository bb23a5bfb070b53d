"""A process that fits what it is asked: jobs as JSON lines come in, seconds and memory go out.

    PYTHON worker.py

A job names a library, a method, members, a seed, a file of arrays ``X y X_test`` and one for the
probabilities. Before the answer come ``{"fitting since": processor seconds}`` when the fit begins
and ``{"fitting since": null}`` when it has ended. Whatever Python runs this has numpy and the
library, and needs nothing of steelyard.
"""

import contextlib
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from side_by_side.contestants import Make, methods

MIB = 2**20


def answer(job: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Processor seconds of all threads, MiB at the peak beyond what was there before the fit."""
    with np.load(job["data"]) as arrays:
        X, y, X_test = arrays["X"], arrays["y"], arrays["X_test"]
    make = methods(job["library"])[job["method"]]
    _warm(make, X, y)
    model, before = make(job["members"], job["seed"]), _in_use()
    tell({"fitting since": time.process_time()})
    start = time.process_time()
    model.fit(X, y)
    fitted = time.process_time()
    tell({"fitting since": None})
    told = time.process_time()
    proba = model.predict_proba(X_test)
    found = {"fit": fitted - start, "predict": time.process_time() - told}
    found["memory"] = max(_peak() - before, 0) / MIB
    found["grown"] = len(getattr(model, "estimators_", ()))
    answers = {"proba": proba}
    if hasattr(model, "prior"):
        answers["moved"] = model.set_params(prior="train").predict_proba(X_test)
    if hasattr(model, "best_threshold_"):
        answers["decided"] = model.predict(X_test)
    np.savez(job["out"], **answers)
    return found


def _warm(make: Make, X: np.ndarray, y: np.ndarray) -> None:
    """A small fit, so that modules loaded on first use are counted with neither time nor memory."""
    few = np.concatenate([np.flatnonzero(y == k)[:20] for k in np.unique(y)])
    with contextlib.suppress(Exception):  # what fails on these rows fails again when measured
        make(2, 0).fit(X[few], y[few]).predict_proba(X[few])


def _in_use() -> int:
    """Bytes held now; the mark of the most is set back to them."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def main() -> None:
    """One answer a line; what goes wrong is an answer too."""
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout, sys.stderr  # libraries that print do not spoil the answers

    def tell(said: dict[str, Any]) -> None:
        out.write(json.dumps(said) + "\n")
        out.flush()

    for line in sys.stdin:
        try:
            found = answer(json.loads(line), tell)
        except Exception as wrong:
            found = {"error": f"{type(wrong).__name__}: {wrong}"[:300]}
        tell(found)


if __name__ == "__main__":
    main()
