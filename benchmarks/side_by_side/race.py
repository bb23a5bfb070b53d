"""Who is there to compete, one process for each library, and outcomes on one table."""

import argparse
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from side_by_side.contestants import (
    BOOSTERS,
    CAT,
    FOURTEEN,
    OLD,
    OURS,
    PEER,
    PLAIN,
    SHORT,
    methods,
)
from side_by_side.running import Fit, Outcome, Store, Worker, run

MANY, FEW = ("self-paced", "self-paced of boostings", "cascade", "under-bagging", "RUSBoost"), 5
LARGE = 10_000  # rows from which on each fit has a process of its own, to measure its memory
Arrays = Callable[[int], dict[str, Any]]
Ask = Callable[..., Outcome]


def members(method: str, n: int, part: str) -> int:
    """Members of a method: on large tables slow ones have fewer, as their users have."""
    if part in ("keel", "many-classes"):
        return n
    return {"balanced forest": 2 * n}.get(method, n if method in MANY else max(n // FEW, 2))


class Race:
    """Who is there, and one process for each library."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args, self.store = args, Store(args.results, OURS if args.again else "")
        self.workers = {name: Worker() for name in (OURS, PEER, PLAIN, *BOOSTERS)}
        self.limit = args.limit if args.part == "growth" else math.inf
        self.absent = {}
        if args.old_python:
            self.workers[OLD] = Worker(args.old_python)
        else:
            self.absent[OLD] = "needs --old-python"
        for library in (PEER, *BOOSTERS):
            try:
                methods(library)
            except ImportError as why:
                self.absent[library] = str(why)

    def wanted(self, method: str) -> bool:
        return any(part in method for part in self.args.only)

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Library, method and the method of ours to compare with, in the order of the table."""
        short = {CAT: SHORT} if self.args.smoke else {}
        wanted = [(lib, short.get(lib, "boosting"), "") for lib in (PLAIN, *BOOSTERS)]
        wanted.append((OURS, "self-paced of boostings", ""))
        for method in FOURTEEN:
            wanted += [(OURS, method, ""), (OLD, method, method)]
            if method in ("balanced forest", "easy ensemble", "RUSBoost", "under-bagging"):
                wanted.append((PEER, method, method))
        for library, method, ours in wanted:
            if library not in self.absent and self.wanted(method):
                yield library, method, ours

    @contextmanager
    def on(self, table: str, seed: int, arrays: Arrays) -> Iterator[Ask]:
        """Outcomes on one table, from the store or measured; the arrays are made when needed.

        What was ended at a smaller limit than today's is measured again.
        What is yielded takes a library, a method and, unless they are those of the part, members.
        """
        with tempfile.TemporaryDirectory() as folder:
            file, made = Path(folder) / "arrays.npz", dict[str, Any]()

            def outcome(library: str, method: str, n: int | None = None) -> Outcome:
                n = n or members(method, self.args.members, self.args.part)
                fit = Fit(table, seed, library, method, n)
                known = self.store.known.get(fit)
                if known is None or 0 < known.limit < self.limit:
                    if not made:
                        made.update(arrays(seed))
                        np.savez(file, **made)
                    fresh = not self.args.smoke and len(made["X"]) >= LARGE
                    worker = self.workers[library]
                    self.store.add(run(fit, made, file, worker, fresh, self.limit))
                return self.store.known[fit]

            yield outcome

    def close(self) -> None:
        for worker in self.workers.values():
            worker.close()


def shown(library: str, method: str) -> str:
    """The name of a line: ours and plain ones at the margin, peers under ours."""
    if library in BOOSTERS:
        return f"{library} *"
    return {OURS: method, PLAIN: f"histogram {method} *"}.get(library, f"  {library}")
