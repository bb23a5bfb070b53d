"""What lies in a case folder, read for the report. Only ``case.json`` must be there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.case import SCHEMA, Case
from steelyard.core.errors import UserError
from steelyard.core.exam import Exam
from steelyard.core.finding import Finding
from steelyard.core.plain import from_plain
from steelyard.core.recipe import Recipe, Step
from steelyard.core.trial import Interval, Trial
from steelyard.core.verdict import Verdict
from steelyard.kit.metrics import confusion_matrix
from steelyard.report.console import clip
from steelyard.report.decisions import Comparison
from steelyard.report.words import count

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Contents:
    """The files of one case; what is missing is None or empty."""

    plain: Mapping[str, Any]
    exam: Exam | None
    test: Arrays | None
    thumbnails: Arrays | None
    ensemble: Arrays | None
    reproduce: Mapping[str, Any]

    @classmethod
    def of(cls, case: Case) -> "Contents":
        """Read ``case``. Raises `UserError` E104 when there is no ``case.json`` in it."""
        plain = case.read_json("case.json")
        if plain is None:
            raise UserError(
                "E104",
                f"there is no case '{case.folder}'",
                where=str(case.folder / "case.json"),
                why="a report is made from what `examine` or `treat` wrote",
                fix="run `steelyard treat PATH` first, or give its folder",
            )
        if not isinstance(plain, dict) or plain.get("schema") != SCHEMA or "data" not in plain:
            raise UserError(
                "E104",
                f"the case file of '{case.folder}' is not of schema {SCHEMA}",
                where=str(case.folder / "case.json"),
                why="another program or another version of steelyard wrote it",
                fix="run `steelyard treat PATH` again: what is trained is kept",
            )
        exam = case.read_json("exam.json")
        return cls(
            plain,
            exam and from_plain(Exam, exam),
            case.read_arrays("test.npz"),
            case.read_arrays("thumbnails.npz"),
            case.read_arrays("ensemble.npz"),
            case.read_json("reproduce.json") or {},
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """K names."""
        return tuple(str(name) for name in self.plain["data"]["classes"])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """K names for sentences and labels: printable, short, and quoted (one may be ``8``)."""
        return tuple(f"“{clip(name, 28)}”" for name in self.classes)

    @property
    def counts(self) -> NDArray[np.int64]:
        """(K,) rows per class to learn from; of all rows in a case that does not tell."""
        data = self.plain["data"]
        return np.asarray(data.get("work_counts") or data["counts"], dtype=np.int64)

    @property
    def goal(self) -> str:
        """The metric aimed at."""
        return str(self.plain.get("goal") or "balanced-accuracy")

    @cached_property
    def findings(self) -> list[Finding]:
        """Worst first."""
        found = (from_plain(Finding, plain) for plain in self.plain.get("findings") or ())
        return sorted(found, key=lambda f: f.rank)

    @cached_property
    def verdict(self) -> Verdict | None:
        """None when nothing was tried."""
        plain = self.plain.get("verdict")
        return from_plain(Verdict, plain) if plain else None

    @cached_property
    def trials(self) -> list[Trial]:
        """As they stand in the case file: without predictions."""
        return [_trial(plain) for plain in self.plain.get("trials") or ()]

    @cached_property
    def comparison(self) -> Comparison | None:
        """Base and the kept model on the test split; None when it was not opened."""
        test = self.test
        if test is None or "base_predicted" not in test:
            return None
        kept = test.get("kept_predicted", test["base_predicted"])
        return Comparison(self.classes, test["target"], test["base_predicted"], kept)

    @property
    def notes(self) -> list[str]:
        """What was noticed while reading and running."""
        found = (*self.plain["data"].get("notes", ()), *self.reproduce.get("notes", ()))
        return list(dict.fromkeys(str(note) for note in found))

    @property
    def kept(self) -> str:
        """Name of the kept trial."""
        return self.verdict.kept if self.verdict else "base"

    @property
    def changed(self) -> bool:
        """Whether another model than the base was kept and met the test split."""
        return self.kept != "base" and self.comparison is not None

    @cached_property
    def confusions(self) -> tuple[NDArray[np.float64], NDArray[np.float64] | None] | None:
        """(K, K) before and after on the test split, else the base's alone, out of fold.

        Out of fold the counts are means over seeds.
        """
        k = len(self.classes)
        if self.comparison is not None:
            c = self.comparison
            after = confusion_matrix(c.target, c.new, k).astype(float) if self.changed else None
            return confusion_matrix(c.target, c.old, k).astype(float), after
        if self.exam is None or self.exam.proba is None:
            return None
        seeds = [confusion_matrix(self.exam.target, p, k) for p in self.exam.predicted]
        return np.mean(seeds, axis=0), None

    @cached_property
    def probabilities(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None] | None:
        """Target (n,), probabilities (n, K) before, and after where the model changed."""
        test = self.test
        if test is not None and "base_proba" in test:
            after = test.get("kept_proba") if self.changed else None
            return test["target"], test["base_proba"], after
        if self.exam is None or self.exam.proba is None:
            return None
        return self.exam.target, self.exam.mean_proba, None

    @property
    def where(self) -> str:
        """On which rows the charts of decisions are measured."""
        if self.comparison is not None:
            return f"on the {count(len(self.comparison.target))} rows of the test split"
        return "out of fold on the work rows"


def _trial(plain: Mapping[str, Any]) -> Trial:
    """A trial of the case file, which holds no recipe and no predictions."""
    told = (
        "start",
        "changes",
        "state",
        "why",
        "seconds",
        "seeds",
        "calibration_error",
        "trained_on",
        "one_fit",
    )
    known = {k: plain[k] for k in told if plain.get(k) is not None}
    metrics = {k: from_plain(Interval, v) for k, v in (plain.get("metrics") or {}).items()}
    return Trial(
        key=plain.get("key", ""),
        name=plain["name"],
        recipe=Recipe(Step("unknown")),
        goal=from_plain(Interval, plain.get("goal") or {"mean": None}),
        vs_tuned_base=from_plain(Interval, plain.get("vs_tuned_base") or {"mean": None}),
        metrics=metrics,
        **{**known, **{k: tuple(known.get(k, ())) for k in ("changes", "trained_on")}},
    )
