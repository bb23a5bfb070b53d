"""A session at the terminal: read the data, consult, print as it becomes known, write the case."""

from __future__ import annotations

import argparse
import hashlib
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from steelyard.catalogue import require_codes
from steelyard.consultation import Consultation
from steelyard.core.case import Case, cannot_write
from steelyard.core.data import Data
from steelyard.core.deadline import Deadline
from steelyard.core.errors import UserError
from steelyard.core.finding import SEVERITIES
from steelyard.core.verdict import Verdict
from steelyard.engine.crew import CREW
from steelyard.intake import read
from steelyard.intake.sniff import require_path
from steelyard.options import Options
from steelyard.report import write_report
from steelyard.report.console import Console
from steelyard.report.progress import Progress
from steelyard.report.terminal import (
    baseline_text,
    data_line,
    findings_text,
    next_line,
    trials_table,
    verdict_text,
)
from steelyard.verify.scoring import Predictions


class Session:
    """``examine`` and ``treat``: the same road, of which ``treat`` goes the second half too."""

    def __init__(self, arguments: argparse.Namespace, *, treating: bool) -> None:
        self.arguments, self.treating = arguments, treating
        self.options = Options(
            goal=arguments.goal, prior=arguments.prior, minutes=arguments.minutes,
            seeds=arguments.seeds, backbone=arguments.backbone, model=arguments.model,
            select=arguments.select, ignore=arguments.ignore,
            random_state=arguments.random_state,
        )  # fmt: skip
        require_codes("--select", self.options.select)
        require_codes("--ignore", self.options.ignore)
        self.deadline = Deadline(arguments.began, 60 * self.options.minutes)
        self.command = shlex.join(["steelyard", *arguments.words])
        self.case = Case(case_folder(arguments.path, arguments.case))
        self.console = Console.of(sys.stdout)
        self.progress = Progress(quiet=arguments.json)
        self._stage = ""
        self.unexamined = False

    def run(self) -> int:
        """Returns the exit code."""
        with self.case.in_use():
            CREW.warm_up()
            consultation = self._consult()
            self._say(data_line(
                consultation.data, len(consultation.work), len(consultation.test), self.console
            ))  # fmt: skip
            for note in consultation.data.notes:
                self._say(*self.console.wrap(note, indent=10, first="note"))
            if self.arguments.plan:
                return self._plan(consultation)
            diagnosis = consultation.examine()
            self.progress.done()
            self._say_base(consultation)
            self._say("", findings_text(
                diagnosis.findings, len(diagnosis.quiet),
                list(diagnosis.not_applicable.items()), self.console,
            ))  # fmt: skip
            if self.treating:
                verdict = consultation.treat()
                self.progress.done()
                late = [f for f in consultation.diagnosis.findings if f not in diagnosis.findings]
                if late:  # what only the race could show
                    self._say("", findings_text(late, console=self.console))
                self._say_verdict(consultation, verdict)
            facts = consultation.write()
            page = write_report(self.case)
        self._close(consultation, facts, page)
        self.unexamined = consultation.exam.proba is None
        return self._exit_code(facts)

    def _consult(self) -> Consultation:
        return Consultation(
            self._read(), self.case, self.options, self.deadline,
            command=self.command, treating=self.treating, tell=self._tell,
        )  # fmt: skip

    def _read(self) -> Data:
        given = self.arguments
        self.progress.stage(f"reading {given.path}")
        data = read(
            given.path, label=given.label, group=given.group, test=given.test,
            cache=self.case.cache, sample=given.sample,
            drop_unlabelled=given.drop_unlabelled, skip_unreadable=given.skip_unreadable,
            keep_singletons=given.keep_singletons,
        )  # fmt: skip
        self.progress.done()
        return data

    def _tell(self, what: str, done: int, total: int) -> None:
        if what != self._stage:
            self._stage = what
            self.progress.stage(what)
        self.progress.update(done, total)

    def _plan(self, consultation: Consultation) -> int:
        self._say("")
        lines = consultation.planned()
        remedies = 1 + max(len(head) for head, _ in lines)  # which stand in columns
        for head, text in lines:
            indent = remedies if head.startswith(" ") else 10
            self._say(*self.console.wrap(text, indent=indent, first=head))
        return 0

    # ------------------------------------------------------------------- what is said
    def _say(self, *lines: str) -> None:
        if not self.arguments.json:
            for line in lines:
                print(line)  # noqa: T201 - the terminal is this file's business

    def _say_base(self, consultation: Consultation) -> None:
        exam = consultation.exam
        if exam.proba is None:
            return
        unit = consultation.data.unit[consultation.work]
        found = Predictions(exam.target, exam.proba, exam.predicted, unit)
        shown = {consultation.goal.name: found.interval(consultation.goal)}
        shown |= {"accuracy": found.metrics(consultation.goal)["accuracy"]}
        folds = consultation.fits.n_folds if consultation.fits else 0
        self._say(baseline_text(
            consultation.base.model.name, len(exam.proba), folds,
            shown, exam.n_classes, self.console,
        ))  # fmt: skip

    def _say_verdict(self, consultation: Consultation, verdict: Verdict) -> None:
        goal = consultation.goal.name
        if consultation.trials:
            self._say("", trials_table(consultation.trials, goal, verdict.kept, self.console))
        self._say("", verdict_text(verdict, goal, self.console))

    def _close(self, consultation: Consultation, facts: dict[str, Any], page: Path) -> None:
        if self.arguments.json:
            print(json.dumps(facts, indent=1, allow_nan=False))  # noqa: T201
            return
        case = self.case.folder
        model = f"{self.case.model}, " if consultation.kept else ""
        self._say("", f"wrote     {model}{page}")
        given = consultation.data.kind == "predictions"  # which cannot be treated
        label = ["--label", self.arguments.label] if self.arguments.label else []
        again = shlex.join(["steelyard", "treat", str(self.arguments.path), *label])
        commands = [] if given else [again]
        if consultation.diagnosis.findings:
            commands.insert(0, f"steelyard explain {consultation.diagnosis.findings[0].code}")
        if consultation.kept:
            commands = [f"steelyard predict {case} NEW_DATA"]
            if consultation.verdict and consultation.verdict.test:
                ahead = "kept" if consultation.verdict.kept != "base" else "candidate"
                if consultation.verdict.candidate != "base":
                    commands.append(f"steelyard compare {case} base {ahead}")
        if commands:
            self._say(next_line(*commands, console=self.console))

    def _exit_code(self, facts: dict[str, Any]) -> int:
        limit = self.arguments.fail_on
        if limit is None:
            return 0
        bad = SEVERITIES[SEVERITIES.index(limit) :]
        if self.unexamined:
            print("gate: nothing was predicted, so nothing can pass: FAIL", file=sys.stderr)  # noqa: T201
            return 1
        return int(any(finding["severity"] in bad for finding in facts["findings"]))


def _own_folder(data: Path) -> Path:
    """``.steelyard/NAME``, with a hash of the path where other data of that name have it."""
    folder = Path(".steelyard") / (data.stem or "data")
    try:
        holds = json.loads((folder / "case.json").read_text("utf-8"))["data"]["source"]
    except (OSError, ValueError, KeyError, TypeError):
        return folder
    if not holds or Path(holds).is_relative_to(data):  # the data, or a file of their folder
        return folder
    return folder.with_name(f"{folder.name}-{hashlib.sha256(str(data).encode()).hexdigest()[:6]}")


def case_folder(path: str, given: str | None) -> Path:
    """Where the case lies: ``--case``, or ``.steelyard/NAME`` here; never inside the data.

    Raises `UserError` E101 when there are no data, E150 or E153 for a folder that will not do.
    """
    data = Path(path).expanduser()
    require_path(data)
    folder = Path(given) if given else _own_folder(data.resolve())
    try:
        inside = data.is_dir() and folder.resolve().is_relative_to(data.resolve())
    except (OSError, RuntimeError) as error:  # a name too long, a loop of links
        raise cannot_write(folder, OSError(*error.args)) from error
    if inside:
        raise UserError(
            "E153",
            f"the case '{folder}' would lie inside the data '{path}'",
            where=str(folder),
            why="nothing is ever written into your data",
            fix="run the command from another folder, or give one outside: --case DIR",
        )
    return folder
