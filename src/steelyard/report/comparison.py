"""``steelyard compare CASE OLD NEW``: two models on the test rows of a case."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from steelyard.core.case import Case
from steelyard.core.errors import UserError
from steelyard.report.compare_text import compare_text
from steelyard.report.console import Console
from steelyard.report.contents import Arrays, Contents
from steelyard.report.decisions import Comparison, Ints

STORED = ("base", "kept", "candidate")


def compare_models(arguments: argparse.Namespace) -> int:
    """Print what NEW wins and breaks against OLD; exit code 1 when the gate fails.

    ``arguments`` holds ``path``, ``old``, ``new``, ``max_negative_flips``, ``all`` and ``json``.
    """
    case = Case(Path(arguments.path))
    contents = Contents.of(case)
    comparison = compared(case, contents, arguments.old, arguments.new)
    limit = arguments.max_negative_flips
    if arguments.json:
        print(json.dumps(as_plain(comparison, limit), indent=1))  # noqa: T201
    else:
        report = contents.verdict.test if contents.verdict else None
        text = compare_text(
            comparison,
            (_short(arguments.old, contents), _short(arguments.new, contents)),
            seed_to_seed=report.flips.seed_to_seed_negative if report else float("nan"),
            every_class=arguments.all,
            max_negative_flips=limit,
            console=Console.of(sys.stdout),
        )
        print(text)  # noqa: T201
    return int(limit is not None and comparison.flips.negative_rate > limit)


def _short(given: str, contents: Contents) -> str:
    if given == "candidate" and contents.verdict:
        return contents.verdict.candidate
    return contents.kept if given == "kept" else Path(given).stem


def compared(case: Case, contents: Contents, old: str, new: str) -> Comparison:
    """Decisions of two models about the case's test rows.

    Each is ``base``, ``kept``, ``candidate``, their names (``R610``) or the path of a predictions
    file. Raises `UserError` E195 when the case has no opened test split, a trial never met it, or
    a file's rows or classes are not those of the case.
    """
    if contents.test is None:
        raise UserError(
            "E195",
            f"the case '{case.folder}' has no opened test split",
            where=str(case.folder),
            why="models are compared on its test rows",
            fix="run `steelyard treat` on the data first",
        )
    test = contents.test
    alias = {contents.kept: "kept"} if contents.kept != "base" else {}
    if contents.verdict and contents.verdict.candidate != "base":
        alias[contents.verdict.candidate] = "candidate"
    for given in (old, new):
        if given not in {*STORED, *alias} and given in {trial.name for trial in contents.trials}:
            raise _not_tested(given, alias)
    decided = (
        _decisions(case, contents.classes, test, alias.get(given, given)) for given in (old, new)
    )
    return Comparison(contents.classes, test["target"], *decided)


def _decisions(case: Case, classes: tuple[str, ...], test: Arrays, given: str) -> Ints:
    if given in STORED:
        stored: Ints = test[f"{given}_predicted"]
        return stored
    from steelyard.intake import read

    data = read(given, cache=case.cache)
    if data.kind != "predictions":
        raise _unlike(given, f"it is a file of kind '{data.kind}', not predictions")
    if set(data.classes) != set(classes):
        raise _unlike(given, "its classes are not those of the case")
    of_case = np.array([classes.index(name) for name in data.classes])
    rows = _same_rows(given, test, data.row_names, of_case[data.target])
    predicted: Ints = of_case[np.asarray(data.X).argmax(axis=1)]
    return predicted[rows]


def _same_rows(given: str, test: Arrays, names: Any, target: Ints) -> Ints:
    """Where each test row of the case stands in the file: by name, or all in the same order."""
    place = {str(name): i for i, name in enumerate(names)}
    named = [place.get(str(name)) for name in test["row_names"]]
    rows = np.arange(len(target)) if None in named else np.array(named)
    if len(rows) != len(test["target"]) or (target[rows] != test["target"]).any():
        raise _unlike(given, "its rows or labels are not the test rows of the case")
    return rows


def _not_tested(given: str, alias: dict[str, str]) -> UserError:
    return UserError(
        "E195",
        f"'{given}' cannot be compared with this case",
        where=given,
        why="the test split was opened for base and the leading trial only",
        fix=f"give {', '.join(['base', *alias])} or a predictions file",
    )


def _unlike(given: str, why: str) -> UserError:
    return UserError(
        "E195",
        f"'{given}' cannot be compared with this case",
        where=given,
        why=why,
        fix="give base, kept, or predictions for the test rows (their names are in test.npz)",
    )


def as_plain(comparison: Comparison, limit: float | None = None) -> dict[str, Any]:
    """The comparison for ``--json``."""
    flips = comparison.flips
    n, lost, gained = (
        comparison.per_class(rows) for rows in (None, comparison.lost, comparison.gained)
    )
    return {
        "n": flips.n,
        "both_right": flips.both_right,
        "both_wrong": flips.both_wrong,
        "negative": flips.negative,
        "positive": flips.positive,
        "negative_rate": flips.negative_rate,
        "p": comparison.p,
        "classes": [
            {"class": name, "n": int(n[k]), "lost": int(lost[k]), "gained": int(gained[k])}
            for k, name in enumerate(comparison.classes)
        ],
        "gate": None if limit is None else flips.negative_rate <= limit,
    }
