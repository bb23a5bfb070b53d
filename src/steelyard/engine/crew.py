"""Crew: the worker processes of this program, one thread each, killed when the time is up."""

import atexit
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from steelyard.core.errors import UserError


@dataclass(frozen=True)
class Task:
    """A job's name, its plain arguments, and what the caller calls it."""

    job: str
    arguments: dict[str, Any]
    name: str = ""


@dataclass(frozen=True)
class Answer:
    """``value`` when the task ended well; else ``failed`` says why. ``seconds`` of its process."""

    task: Task
    value: dict[str, Any] | None
    failed: str = ""
    seconds: float = 0.0


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    task: Task | None = None
    since: float = 0.0

    @classmethod
    def start(cls) -> "_Worker":
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        shown = None if os.environ.get("STEELYARD_DEBUG") else subprocess.DEVNULL
        return cls(
            subprocess.Popen(
                [sys.executable, "-m", "steelyard.engine.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=shown,
                env={**os.environ, **one},
                start_new_session=True,  # a Ctrl-C is the parent's to answer
            )
        )

    def give(self, task: Task) -> None:
        self.task, self.since = task, time.monotonic()
        line = json.dumps({"job": task.job, "with": task.arguments}) + "\n"
        if self.process.stdin is None:
            raise RuntimeError("a worker without standard input")
        try:
            self.process.stdin.write(line.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            return  # it died while idle; reading its end of file reports that

    def take(self) -> Answer:
        if self.task is None or self.process.stdout is None:
            raise RuntimeError("an answer without a task")
        task, self.task = self.task, None
        seconds = time.monotonic() - self.since
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            why = "it was killed, probably for want of memory" if code == -9 else f"exit {code}"
            return Answer(task, None, f"its process ended: {why}", seconds)
        told = json.loads(line)
        if "user_error" in told:
            code, what, where, why, fix = told["user_error"]
            raise UserError(code, what, where=where, why=why, fix=fix)
        return Answer(task, told if told["ok"] else None, told.get("failed", ""), seconds)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def _cores() -> int:
    usable = getattr(os, "sched_getaffinity", None)  # a container may own fewer than it shows
    return len(usable(0)) if usable else os.cpu_count() or 1


@dataclass
class Crew:
    """At most ``size`` workers; they are started when first needed and live on between runs."""

    size: int = 0
    _workers: list[_Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.size = self.size or _cores()

    def warm_up(self) -> None:
        """Start the processes now, so that they import while the data are read."""
        for worker in [w for w in self._workers if w.task is None and w.process.poll() is not None]:
            worker.kill()  # closes its pipes; one that died over a task is kept until it is told
            self._workers.remove(worker)
        while len(self._workers) < self.size:
            self._workers.append(_Worker.start())

    def run(
        self,
        tasks: Iterable[Task],
        *,
        deadline: float = float("inf"),
        last_start: float = float("inf"),
        on_answer: Callable[[Answer], None] = lambda answer: None,
    ) -> list[Answer]:
        """Do the tasks in order, several at a time, until ``deadline`` (`time.monotonic`).

        From ``last_start`` on no task is begun, but those begun may finish: to kill a worker
        costs its task and seconds until another is ready. Tasks unfinished at the deadline are
        killed and have no answer. Raises the `UserError` that a task met.
        """
        waiting, answers = list(tasks)[::-1], []
        self.warm_up()
        try:
            while (now := time.monotonic()) < deadline:
                waiting = waiting if now < last_start else []
                if not waiting and not any(worker.task for worker in self._workers):
                    break
                for worker in self._workers:
                    if waiting and worker.task is None:
                        worker.give(waiting.pop())
                for worker in self._ready(deadline):
                    answers.append(worker.take())
                    on_answer(answers[-1])
                self.warm_up()
        finally:
            self._dismiss_busy()
        return answers

    def _ready(self, deadline: float) -> list[_Worker]:
        with selectors.DefaultSelector() as selector:
            for worker in self._workers:
                if worker.task is not None and worker.process.stdout is not None:
                    selector.register(worker.process.stdout, selectors.EVENT_READ, worker)
            timeout = min(max(0.0, deadline - time.monotonic()), 3600.0)
            return [key.data for key, _ in selector.select(timeout)]

    def _dismiss_busy(self) -> None:
        for worker in [w for w in self._workers if w.task is not None]:
            worker.kill()
            self._workers.remove(worker)

    def dismiss(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.kill()
        self._workers.clear()


CREW = Crew()
atexit.register(CREW.dismiss)
