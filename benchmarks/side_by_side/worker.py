"""A process that fits what it is asked: jobs as JSON lines come in, seconds and memory go out.

    PYTHON worker.py

A job names a library, a method, members, a seed, a file of arrays ``X y X_test`` and one for the
probabilities. Whatever Python runs this has numpy and the library, and needs nothing of steelyard.
"""

import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from side_by_side.contestants import methods

MIB = 2**20


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Processor seconds of all threads, MiB at the peak beyond what was there before the fit."""
    with np.load(job["data"]) as arrays:
        X, y, X_test = arrays["X"], arrays["y"], arrays["X_test"]
    model = methods(job["library"])[job["method"]](job["members"], job["seed"])
    before = _in_use()
    start = time.process_time()
    model.fit(X, y)
    fitted = time.process_time()
    proba = model.predict_proba(X_test)
    asked = time.process_time()
    found = {"fit": fitted - start, "predict": asked - fitted}
    found["memory"] = max(_peak() - before, 0) / MIB
    found["grown"] = len(getattr(model, "estimators_", ()))
    if hasattr(model, "prior"):
        moved = model.set_params(prior="train").predict_proba(X_test)
        np.savez(job["out"], proba=proba, moved=moved)
    else:
        np.savez(job["out"], proba=proba)
    return found


def _in_use() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """One answer a line; what goes wrong is an answer too."""
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout, sys.stderr  # libraries that print do not spoil the answers
    for line in sys.stdin:
        try:
            found = answer(json.loads(line))
        except Exception as wrong:
            found = {"error": f"{type(wrong).__name__}: {wrong}"[:300]}
        out.write(json.dumps(found) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
