"""How numbers, goals and verdicts are put into words, the same on the terminal and in HTML."""

import math
import re
from collections.abc import Iterable

from steelyard.core.shelf import Shelf
from steelyard.core.trial import Interval, Trial
from steelyard.core.verdict import TestReport, VerdictState

GOAL_WORDS = {
    "balanced-accuracy": "balanced accuracy",
    "macro-f1": "macro-F1",
    "worst-class": "worst-class recall",
    "average-precision": "average precision",
    "kappa": "kappa",
    "log-loss": "log loss",
    "accuracy": "accuracy",
}
GOAL_SHORT = {
    "balanced-accuracy": "bal.acc",
    "macro-f1": "macroF1",
    "worst-class": "worst",
    "average-precision": "av.prec",
    "log-loss": "logloss",
}
VERDICT_WORDS: dict[VerdictState, str] = {
    "proven-better": "Proven better",
    "no-proven-difference": "No proven difference",
    "no-trial-finished": "No trial finished",
}


def goal_words(goal: str) -> str:
    """A goal or metric as it stands in a sentence."""
    return "cost" if goal.startswith("cost") else GOAL_WORDS.get(goal, goal.replace("-", " "))


def goal_short(goal: str) -> str:
    """A goal in at most seven columns."""
    return "cost" if goal.startswith("cost") else GOAL_SHORT.get(goal, goal[:7])


def count(number: float) -> str:
    """A whole number with grouped thousands.

    >>> count(5842), count(12000)
    ('5842', '12,000')
    """
    return f"{number:,.0f}" if number >= 10_000 else f"{number:.0f}"


def score(value: float, digits: int = 3) -> str:
    """A metric; a missing one is a dash.

    >>> score(0.4912), score(math.nan), score(1234.5)
    ('0.491', '–', '1234')
    """
    if math.isnan(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.{digits}f}"


def percent(share: float) -> str:
    """A share in per cent.

    >>> percent(0.0561), percent(0.00012)
    ('5.6 %', '0.01 %')
    """
    return f"{100 * share:.1f} %" if share == 0 or share >= 0.001 else f"{100 * share:.2f} %"


def p_value(p: float) -> str:
    """A p value with its sign, never zero.

    >>> p_value(0.0064), p_value(3e-9)
    ('p = 0.006', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def gain(interval: Interval) -> str:
    """A difference with its interval, short; empty where there is none.

    >>> gain(Interval(0.08, 0.05, 0.11))
    '+.080 [+.050,+.110]'
    """
    if math.isnan(interval.mean):
        return ""
    if math.isnan(interval.low):
        return _signed(interval.mean)
    return f"{_signed(interval.mean)} [{_signed(interval.low)},{_signed(interval.high)}]"


def _signed(value: float) -> str:
    digits = 3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    text = f"{value:+.{digits}f}"
    return text[0] + text[2:] if text[1:3] == "0." else text


def flips_words(test: TestReport) -> str:
    """What the change costs: rows that were right and are now wrong, beside the seeds' own."""
    flips = test.flips
    again = flips.seed_to_seed_negative
    beside = "" if math.isnan(again) else f"; two seeds of the base differ by {percent(again)}"
    return (
        f"{flips.negative} of {count(flips.n)} test rows that base had right are now wrong "
        f"({percent(flips.negative / flips.n)}{beside}); {flips.positive} are now right"
    )


def duration(seconds: float) -> str:
    """Time as people say it.

    >>> duration(0.42), duration(12.3), duration(252), duration(7320)
    ('0.4 s', '12 s', '4 min 12 s', '2 h 2 min')
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


_USUAL = ("argmax", "all-rows", "none", "nothing", "one")


def change_words(change: str) -> str:
    """A change of a recipe, short: what is new, and of a step that keeps its name only what moved.

    >>> change_words("optim: adam(epochs=30, l2=0.0) -> adam(epochs=90, l2=0.0)")
    'optim epochs 30 -> 90'
    >>> change_words("loss: cross-entropy -> cross-entropy(class_weight=sqrt)")
    'loss class_weight sqrt'
    >>> change_words("posthoc: argmax -> logit-adjusted(tau=tuned)")
    'posthoc logit-adjusted'
    >>> change_words("model: forest(n_estimators=200) -> bagging(n_estimators=100, member=tree)")
    'model bagging, n_estimators 100, member tree'
    """
    for usual in _USUAL:  # what every recipe does that says nothing else
        change = change.replace(f": {usual} -> ", ": ")
    change = change.replace("(tau=tuned)", "")
    both = re.fullmatch(r"(\w+): ([\w-]+)(?:\((.*)\))? -> \2(?:\((.*)\))?", change)
    if not both:
        slot, step = change.split(": ", 1)
        # another learner brings its own settings, and the first lines name the one it replaces
        name, _, inside = step.rpartition(" -> ")[2].removesuffix(")").partition("(")
        settings = [f"{k} {v}" for k, v in _parameters(inside).items()]
        return f"{slot} {', '.join([name, *settings])}"
    old, new = (_parameters(both[i] or "") for i in (3, 4))
    moved = [f"{k} {old[k]} -> {v}" for k, v in new.items() if k in old and old[k] != v]
    moved += [f"{k} {v}" for k, v in new.items() if k not in old]
    moved += [f"without {k}" for k in old if k not in new]
    return f"{both[1]} {', '.join(moved)}"


def measured(trial: Trial) -> bool:
    """Whether the trial came far enough to have a number."""
    return not math.isnan(trial.goal.mean)


def unmeasured(trials: Iterable[Trial]) -> dict[str, list[str]]:
    """Why trials have no numbers -> their names."""
    reasons: dict[str, list[str]] = {}
    for trial in trials:
        if not measured(trial):
            reasons.setdefault(f"{trial.state}, {trial.why}", []).append(trial.name)
    return reasons


REMEDIES = Shelf("steelyard.treat")


def price_words(trial: Trial, base: Trial | None) -> str:
    """What a remedy whose price is to be told costs beside the base; empty for all others.

    >>> from steelyard.core.recipe import Recipe, Step
    >>> base, smote = (
    ...     Trial("k", name, Recipe(Step("forest")), one_fit=s, calibration_error=e)
    ...     for name, s, e in (("base", 2.0, 0.021), ("R130", 6.2, 0.064))
    ... )
    >>> price_words(smote, base)
    'price 6.2 s a training to 2.0 s of base, calibration error 0.021 -> 0.064'
    """
    priced = any(getattr(REMEDIES[c], "PRICED", False) for c in trial.codes if c in REMEDIES)
    if not priced or base is None or math.isnan(trial.one_fit + base.one_fit):
        return ""
    took, asked = (_short_duration(one.one_fit) for one in (trial, base))
    before, after = (score(one.calibration_error) for one in (base, trial))
    return f"price {took} a training to {asked} of base, calibration error {before} -> {after}"


def _short_duration(seconds: float) -> str:
    return duration(seconds) if seconds >= 0.95 else f"{seconds:.2g} s"


def rows_words(trial: Trial) -> str:
    """How many rows of a class a re-sampled training sees, from the fewest to the most."""
    if not trial.trained_on:
        return ""
    fewest, most = count(min(trial.trained_on)), count(max(trial.trained_on))
    return f"{fewest} rows a class" if fewest == most else f"{fewest} to {most} rows a class"


def trial_words(name: str) -> str:
    """A trial's name in words where its remedies are on the shelf, else as it is.

    >>> trial_words("tuned-base")
    'the base with its settings tuned'
    """
    if name in ("base", "tuned-base"):
        return "the base" + " with its settings tuned" * (name != "base")
    return " + ".join(_remedy_words(part) for part in name.split("+"))


def family_words(name: str) -> str:
    """`trial_words` without settings, to stand before the name itself, which has them.

    >>> family_words("R730(smote-bagging)+R610")
    'oversampled ensembles + logit adjustment'
    """
    return trial_words(re.sub(r"\([^)]*\)", "", name))


def _remedy_words(part: str) -> str:
    code, _, option = part.partition("(")
    if code not in REMEDIES:
        return part
    words = str(REMEDIES[code].NAME).replace("-", " ")
    return f"{words} ({option}" if option else words


def _parameters(inside: str) -> dict[str, str]:
    pairs = re.split(r", (?=\w+=)", inside)  # a value may hold commas of its own
    return {pair.partition("=")[0]: pair.partition("=")[2] for pair in pairs if pair}


def few(words: list[str], shown: int = 5) -> str:
    """A list for a sentence.

    >>> few(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    if len(words) <= shown:
        return ", ".join(words)
    return f"{', '.join(words[:shown])} and {len(words) - shown} more"
