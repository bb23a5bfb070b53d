"""A worker process: reads tasks as JSON lines, trains, writes arrays into the case, answers.

It is a plain program, ``python -m steelyard.engine.worker``, so that it can be killed at a
deadline, never re-imports the user's script and passes nothing that could execute code.
"""

import json
import os
import sys
import traceback
from typing import Any

from steelyard.core.errors import UserError


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Do one task; every failure becomes an answer, so that the parent decides what it means."""
    from steelyard.engine.jobs import JOBS

    try:
        return {"ok": True, **(JOBS[task["job"]](**task["with"]) or {})}
    except UserError as error:
        told = [error.code, error.what, error.where, error.why, error.fix]
        return {"ok": False, "user_error": told}
    except MemoryError:
        return {"ok": False, "failed": "not enough memory"}
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(last.filename)}:{last.lineno}"
        return {"ok": False, "failed": f"{type(error).__name__} in {place}: {error}"[:300]}


def main() -> None:
    """Answer tasks until standard input ends."""
    # What a user's backbone prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import warnings

    import threadpoolctl

    import steelyard.engine.jobs  # noqa: F401 - imported before the first task is timed

    # a worker's standard error is not shown: warnings reach the user as findings or not at all
    warnings.simplefilter("ignore")
    with threadpoolctl.threadpool_limits(1):
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), file=answers)


if __name__ == "__main__":
    main()
