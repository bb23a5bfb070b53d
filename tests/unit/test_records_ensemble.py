"""``ensemble.npz`` is about the kept ensemble, else the one that gained most, else absent."""

import numpy as np
import pytest

from steelyard.core.case import Case
from steelyard.core.exam import Curve
from steelyard.core.recipe import Recipe, Step
from steelyard.core.trial import Interval, Trial
from steelyard.engine.crossfit import OutOfFold
from steelyard.records import forget_treatment, write_ensemble


def trial(name, model, gain, seeds=2):
    recipe = Recipe(Step(model))
    return Trial(name, name, recipe, seeds=seeds, vs_tuned_base=Interval(gain))


class Fits:
    """Stands for a `Crossfit` that holds two folds of every trial, of unequal length."""

    def stored(self, recipe, seed):
        if recipe.model.name == "bagging":
            return None
        lengths = (4, 3 + seed)
        curves = tuple(
            Curve(np.arange(1.0, n + 1), *(np.full(n, float(i)) for i in range(4))) for n in lengths
        )
        drawn = tuple(np.full((n, 2), 10 * (seed + 1)) for n in lengths)
        return OutOfFold(np.zeros((1, 2)), 1.0, curves, member_counts=drawn)


TRIALS = [
    trial("base", "forest", 0.0),
    trial("R710", "self-paced", 0.01),
    trial("R710(balanced-forest)", "balanced-forest", 0.05),
    trial("R710(under-bagging)", "under-bagging", float("nan"), seeds=0),
    trial("R720", "bagging", 0.09),
]


@pytest.mark.parametrize(
    ("kept", "told"),
    [("R710", "R710"), ("base", "R710(balanced-forest)"), ("R610", "R710(balanced-forest)")],
)
def test_the_kept_ensemble_or_the_best(kept, told, tmp_path):
    case = Case(tmp_path)
    write_ensemble(case, TRIALS, kept, Fits())
    found = case.read_arrays("ensemble.npz")
    assert found["trial"].tolist() == [told]
    assert found["rule"].tolist() == ["argmax"]
    assert found["steps"].tolist() == [1, 2, 3]  # cut to the shortest
    assert found["train_loss"].shape == found["val_score"].shape == (4, 3)
    assert (found["val_loss"] == 1).all()
    assert found["member_counts"].tolist() == [[15.0, 15.0]] * 3


def test_without_an_ensemble_an_earlier_file_goes(tmp_path):
    case = Case(tmp_path)
    write_ensemble(case, TRIALS, "base", Fits())
    write_ensemble(case, TRIALS[:1] + TRIALS[3:], "base", Fits())
    assert case.read_arrays("ensemble.npz") is None
    write_ensemble(case, TRIALS, "base", Fits())
    forget_treatment(case)
    assert case.read_arrays("ensemble.npz") is None
