"""Findings -> the remedies to try, in which order, as recipes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from types import ModuleType
from typing import Any

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.finding import SEVERITIES, Finding
from steelyard.core.learners import is_network
from steelyard.core.recipe import Recipe
from steelyard.core.shelf import Shelf, matches

# Least invasive first: the decision rule, a head on cached features, the data, a full training,
# and one that begins without labels.
STAGES = ("posthoc", "head", "data", "full", "pretraining")


@dataclass(frozen=True)
class Prescription:
    """One remedy, or two, with settings: ``name`` as in the trials table, and what it makes."""

    name: str
    codes: tuple[str, ...]
    recipe: Recipe
    stage: str
    cost: float
    options: Mapping[str, Any] = field(default_factory=dict)

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

    Within a stage, remedies that treat a worse finding go first, of equal ones those of which more
    is to be hoped. Those that no finding asks for come after all others, and last of all those that
    are doubtful for the model, the cheapest first and the priced last: tried if time remains, never
    favoured. What a remedy names as BESIDE it is chosen with it and goes no later than right after
    it.
    """
    found: list[tuple[tuple[Any, ...], Prescription]] = []
    unfit: dict[str, str] = {}
    chosen = {remedy.CODE for remedy in remedies if not select or matches(remedy.CODE, select)}
    controls = {code for one in chosen for code in _beside(remedies, one)}
    for remedy in remedies:
        if remedy.CODE not in chosen | controls or matches(remedy.CODE, ignore):
            continue
        asked = urgency(remedy, findings)
        doubtful = start.model.name in getattr(remedy, "DOUBTFUL", ())
        for number, options in enumerate(remedy.OPTIONS):
            try:
                recipe = remedy.apply(start, exam, **options)
            except NotApplicable as why:
                unfit.setdefault(remedy.CODE, str(why))
                continue
            if recipe == start:
                continue
            stage = _stage(remedy, start)
            one = Prescription(
                _name(remedy, options), (remedy.CODE,), recipe, stage, remedy.COST, options
            )
            hope = (-asked, -getattr(remedy, "GAIN", 0.0))
            asked_for = (asked == 0, STAGES.index(stage), number, *hope, remedy.COST)
            priced = getattr(remedy, "PRICED", False)
            cheapest = (priced, STAGES.index(stage), remedy.COST, *hope, number)
            found.append(((doubtful, *(cheapest if doubtful else asked_for)), one))
    entries = [one for _, one in sorted(found, key=lambda pair: pair[0])]
    entries = _with_controls(remedies, entries, chosen)
    tried = {one.codes[0] for one in entries}
    return entries, {code: why for code, why in unfit.items() if code not in tried}


def _beside(remedies: Shelf, code: str) -> tuple[str, ...]:
    """The codes of its controls, named as ``R620`` or, one setting of it, ``R720(adaboost)``."""
    named = (name.partition("(")[0] for name in getattr(remedies[code], "BESIDE", ()))
    return tuple(control for control in named if control in remedies)


def _with_controls(
    remedies: Shelf, entries: Sequence[Prescription], chosen: set[str]
) -> list[Prescription]:
    """``entries`` with each one's controls right after it, where they are not before it anyway.

    Of a code that is there only for its controls no other entry stays: it would take the time of
    the ``chosen`` ones.
    """
    beside = {
        entry.name: _controls_of(remedies, entry, entries)
        for entry in entries
        if entry.codes[0] in chosen
    }
    needed = {one.name for controls in beside.values() for one in controls}
    ordered: list[Prescription] = []
    for entry in entries:
        if entry.name in beside or entry.name in needed:
            group = [entry, *beside.get(entry.name, ())]
            ordered += [one for one in group if one not in ordered]
    return ordered


def _controls_of(
    remedies: Shelf, entry: Prescription, entries: Sequence[Prescription]
) -> list[Prescription]:
    """What BESIDE names; of a bare code the entry with the same options, else the first."""
    controls = []
    for control in getattr(remedies[entry.codes[0]], "BESIDE", ()):
        of_code = [one for one in entries if control in (one.name, one.codes[0])]
        same = [one for one in of_code if one.options == entry.options]
        controls += (same or of_code)[:1]
    return controls


def _stage(remedy: ModuleType, start: Recipe) -> str:
    """The remedy's stage; what is done to a head or to the data trains a whole network anew."""
    anew = is_network(start.model.name) and remedy.STAGE in ("head", "data")
    return "full" if anew else str(remedy.STAGE)


def urgency(remedy: ModuleType, findings: Sequence[Finding]) -> float:
    """How badly the findings ask for a remedy: the worst one it treats, then how many."""
    treated = [SEVERITIES.index(f.severity) + 1 for f in findings if f.code in remedy.TREATS]
    return max(treated, default=0) + len(treated) / 100


def _name(remedy: ModuleType, options: Mapping[str, Any]) -> str:
    """``R610`` with the first of its settings, ``R610(1)`` with another."""
    if options == remedy.OPTIONS[0]:
        return str(remedy.CODE)
    told = (f"{v:g}" if isinstance(v, float) else str(v) for v in options.values())
    return f"{remedy.CODE}({','.join(told)})"


def combine(remedies: Shelf, helped: Sequence[Prescription], exam: Exam) -> list[Prescription]:
    """Pairs of remedies that both helped, change different slots and do not clash.

    The milder remedy goes on top of the other: as it helped, or with the first of its settings
    that does not refuse to.
    """
    pairs = []
    for first, second in combinations(helped, 2):
        upper, under = sorted((first, second), key=lambda one: one.invasiveness)
        over, below = remedies[upper.codes[0]], remedies[under.codes[0]]
        clash = over.CODE in below.CLASHES or below.CODE in over.CLASHES
        if over is below or clash or set(over.SLOTS) & set(below.SLOTS):
            continue
        topped = _on_top(over, upper.options, under.recipe, exam)
        if topped is None:
            continue
        pairs.append(
            Prescription(
                f"{under.name}+{topped[0]}",
                (*under.codes, *upper.codes),
                topped[1],
                under.stage,
                under.cost + upper.cost,
            )
        )
    return pairs


def _on_top(
    remedy: ModuleType, options: Mapping[str, Any], recipe: Recipe, exam: Exam
) -> tuple[str, Recipe] | None:
    for some in (options, *remedy.OPTIONS):
        try:
            return _name(remedy, some), remedy.apply(recipe, exam, **some)
        except NotApplicable:
            continue
    return None
