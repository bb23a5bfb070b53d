"""Findings -> the remedies to try, in which order, as recipes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from types import ModuleType
from typing import Any

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.finding import SEVERITIES, Finding
from steelyard.core.recipe import Recipe
from steelyard.core.shelf import Shelf, matches

# Least invasive first: the decision rule, a head on cached features, the data, a full training.
STAGES = ("posthoc", "head", "data", "full")


@dataclass(frozen=True)
class Prescription:
    """One remedy, or two, with settings: ``name`` as in the trials table, and what it makes."""

    name: str
    codes: tuple[str, ...]
    recipe: Recipe
    stage: str
    cost: float

    @property
    def invasiveness(self) -> float:
        """Orders prescriptions by stage, then cost; base has less than any."""
        return 1.0 + STAGES.index(self.stage) + min(self.cost, 99.0) / 100


def prescribe(
    remedies: Shelf,
    findings: Sequence[Finding],
    start: Recipe,
    exam: Exam,
    *,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
) -> tuple[list[Prescription], dict[str, str]]:
    """Every remedy applied to ``start``, in the order to try them, and why others cannot be.

    Within a stage, remedies that treat a worse finding go first; those that no finding asks for
    go last of all, tried if time remains but never favoured.
    """
    found: list[tuple[tuple[Any, ...], Prescription]] = []
    unfit: dict[str, str] = {}
    for remedy in remedies:
        chosen = not select or matches(remedy.CODE, select)
        if not chosen or matches(remedy.CODE, ignore):
            continue
        asked = urgency(remedy, findings)
        for number, options in enumerate(remedy.OPTIONS):
            try:
                recipe = remedy.apply(start, exam, **options)
            except NotApplicable as why:
                unfit.setdefault(remedy.CODE, str(why))
                continue
            if recipe == start:
                continue
            told = "" if number == 0 else f"({_setting(options)})"
            one = Prescription(
                remedy.CODE + told, (remedy.CODE,), recipe, remedy.STAGE, remedy.COST
            )
            rank = (asked == 0, STAGES.index(remedy.STAGE), number, -asked, remedy.COST)
            found.append((rank, one))
            unfit.pop(remedy.CODE, None)
    return [one for _, one in sorted(found, key=lambda pair: pair[0])], unfit


def urgency(remedy: ModuleType, findings: Sequence[Finding]) -> float:
    """How badly the findings ask for a remedy: the worst one it treats, then how many."""
    treated = [SEVERITIES.index(f.severity) + 1 for f in findings if f.code in remedy.TREATS]
    return max(treated, default=0) + len(treated) / 100


def _setting(options: dict[str, Any]) -> str:
    return ",".join(f"{value:g}" if isinstance(value, float) else str(value)
                    for value in options.values())  # fmt: skip


def combine(remedies: Shelf, helped: Sequence[Prescription], start: Recipe) -> list[Prescription]:
    """Pairs of remedies that both helped, change different slots and do not clash."""
    pairs = []
    for first, second in combinations(helped, 2):
        a, b = first.codes[0], second.codes[0]
        clash = a == b or a in remedies[b].CLASHES or b in remedies[a].CLASHES
        if clash or set(remedies[a].SLOTS) & set(remedies[b].SLOTS):
            continue
        # the two changes touch different slots, so both may be laid over the start in any order
        slots = {s: getattr(second.recipe, s) for s in start.changed_slots(second.recipe)}
        recipe = replace(first.recipe, **slots)
        pairs.append(
            Prescription(
                f"{first.name}+{second.name}",
                (a, b),
                recipe,
                max((first.stage, second.stage), key=STAGES.index),
                first.cost + second.cost,
            )
        )
    return pairs
