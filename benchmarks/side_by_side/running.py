"""Fits in processes of their own, outcomes in a file: a run that was killed goes on."""

import json
import math
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

import numpy as np

from side_by_side.measures import measured

HERE = Path(__file__).parent
POLL = 0.05  # seconds between looks at the processor time of a fit
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "LOKY_MAX")
}


@dataclass(frozen=True)
class Fit:
    """One method of one library on one split of a table."""

    table: str
    seed: int
    library: str
    method: str
    members: int


@dataclass(frozen=True)
class Outcome(Fit):
    """Seconds of the processor, MiB beyond the data, metrics; ``error`` where it failed.

    ``limit`` is the seconds after which the fit was ended, 0 where it ended by itself.
    """

    error: str = ""
    numbers: dict[str, float] = field(default_factory=dict)
    limit: float = 0.0


class Worker:
    """A Python that fits one job after another in one thread."""

    def __init__(self, python: str = sys.executable) -> None:
        self.python, self.process = python, None

    def ask(
        self, job: dict[str, Any], fresh: bool = False, limit: float = math.inf
    ) -> dict[str, Any]:
        """The answer to a job; ``fresh`` starts a process for it alone, to measure its memory.

        A fit that has taken more than ``limit`` seconds of the processor is ended with its process.
        """
        if fresh:
            self.close()
        if self.process is None:
            self._start()
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        began = math.inf
        while True:
            try:
                line = self.lines.get(timeout=POLL)
            except Empty:
                if self._seconds() - began > limit:
                    self.process.kill()
                    self.close()
                    return {"error": f"took over {limit:g} s", "limit": limit}
                continue
            if not line:
                self.close()
                return {"error": "the process ended, most likely for want of memory"}
            answer = json.loads(line)
            if "fitting since" not in answer:
                return answer
            began = math.inf if answer["fitting since"] is None else answer["fitting since"]

    def _start(self) -> None:
        self.process = subprocess.Popen(
            [self.python, str(HERE / "worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | ONE_THREAD,
        )
        self.lines = Queue()
        Thread(target=_read, args=(self.process.stdout, self.lines), daemon=True).start()

    def _seconds(self) -> float:
        """Processor seconds of the process, all threads, since its start."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process = None


def _read(stdout: IO[str], lines: Queue) -> None:
    """Lines as they come, so that the time can be watched meanwhile; an empty one at the end."""
    with stdout:
        for line in stdout:
            lines.put(line)
    lines.put("")


class Store:
    """Outcomes as JSON lines."""

    def __init__(self, file: Path, forget: str = "") -> None:
        self.file, self.known = file, dict[Fit, Outcome]()
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = file.read_text().splitlines() if file.is_file() else []
        for one in (Outcome(**json.loads(line)) for line in lines):
            if one.library != forget:
                self.known[_fit(one)] = one
        if forget:
            kept = [json.dumps(asdict(one)) + "\n" for one in self.known.values()]
            file.write_text("".join(kept))

    def add(self, one: Outcome) -> None:
        """Keep an outcome and write it down at once."""
        self.known[_fit(one)] = one
        with self.file.open("a") as lines:
            lines.write(json.dumps(asdict(one)) + "\n")


def _fit(one: Outcome) -> Fit:
    return Fit(one.table, one.seed, one.library, one.method, one.members)


def run(
    fit: Fit,
    arrays: dict[str, Any],
    file: Path,
    worker: Worker,
    fresh: bool = False,
    limit: float = math.inf,
) -> Outcome:
    """Fit on the arrays of ``file``, for ``limit`` seconds at most, and measure on ``y_test``."""
    out = file.with_name("proba.npz")
    job = asdict(fit) | {"data": str(file), "out": str(out)}
    found = worker.ask(job, fresh, limit)
    if "error" in found:
        return Outcome(**asdict(fit), error=found["error"], limit=found.get("limit", 0.0))
    with np.load(out) as answers:
        numbers = measured(arrays["y"], arrays["y_test"], answers["proba"], answers.get("decided"))
        if "moved" in answers:
            moved = measured(arrays["y"], arrays["y_test"], answers["moved"])
            numbers |= {"moved ECE": moved["ECE"], "moved Brier": moved["Brier"]}
    return Outcome(**asdict(fit), numbers=found | numbers)
