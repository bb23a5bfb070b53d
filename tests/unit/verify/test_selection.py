"""Which trial leads: hand-made trials."""

import math

from steelyard.core.recipe import Recipe, Step
from steelyard.core.trial import Interval, Trial
from steelyard.verify.selection import can_still_win, leader


def trial(name: str, mean: float, low: float = math.nan, high: float = math.nan) -> Trial:
    recipe = Recipe(Step("forest"))
    return Trial(recipe.key, name, recipe, vs_tuned_base=Interval(mean, low, high))


def test_the_largest_gain_leads() -> None:
    assert leader([trial("a", 0.02), trial("b", 0.05)], [1.0, 1.0]) == 1


def test_of_equals_the_milder_one_is_kept() -> None:
    assert leader([trial("full", 0.052), trial("posthoc", 0.05)], [4.0, 1.0]) == 1


def test_milder_does_not_mean_clearly_worse() -> None:
    assert leader([trial("full", 0.08), trial("posthoc", 0.05)], [4.0, 1.0]) == 0


def test_within_one_standard_error_the_milder_one_is_kept() -> None:
    trials = [trial("full", 0.08), trial("posthoc", 0.05), trial("other", 0.02)]
    assert leader(trials, [4.0, 1.0, 0.5], lambda best, other: 0.03) == 1
    assert leader(trials, [4.0, 1.0, 0.5], lambda best, other: 0.029) == 0


def test_nothing_leads_where_nothing_gains() -> None:
    assert leader([trial("a", -0.01), trial("b", 0.0)], [1.0, 1.0]) is None
    assert leader([], []) is None


def test_who_can_still_win() -> None:
    best = trial("best", 0.10, 0.06, 0.14)
    assert can_still_win(trial("near", 0.05, 0.01, 0.09), best)
    assert not can_still_win(trial("far", 0.01, -0.02, 0.04), best)
