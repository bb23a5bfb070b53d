"""Goals under another class mix: by repeating rows until the mix is there."""

import numpy as np
import pytest

from steelyard.core.errors import NotApplicable
from steelyard.kit.metrics import GOALS, under_prior
from steelyard.kit.posthoc import cost_goal

TARGET = np.repeat([0, 1, 2], [6, 3, 2])
PREDICTED = np.array([0, 0, 0, 1, 2, 0, 1, 1, 0, 2, 0])
PROBA = 0.7 * np.eye(3)[PREDICTED] + 0.1
# repeating the classes 1, 2 and 6 times makes 6, 6 and 12 rows: a quarter, a quarter, a half
REPEATED = np.repeat(np.arange(11), np.array([1, 2, 6])[TARGET])
PRIOR = [0.25, 0.25, 0.5]


@pytest.mark.parametrize("name", ["accuracy", "kappa", "macro-f1", "balanced-accuracy"])
def test_decisions_are_worth_what_they_are_on_rows_of_that_mix(name: str) -> None:
    found = under_prior(GOALS[name], PRIOR)(TARGET, PREDICTED)
    assert found == pytest.approx(GOALS[name](TARGET[REPEATED], PREDICTED[REPEATED]))


def test_log_loss_and_costs_too() -> None:
    loss = under_prior(GOALS["log-loss"], PRIOR)
    assert loss(TARGET, PROBA) == pytest.approx(
        GOALS["log-loss"](TARGET[REPEATED], PROBA[REPEATED])
    )
    cost = cost_goal([[0, 1, 2], [5, 0, 1], [9, 9, 0]])
    assert under_prior(cost, PRIOR)(TARGET, PREDICTED) == pytest.approx(
        cost(TARGET[REPEATED], PREDICTED[REPEATED])
    )


def test_the_mix_of_the_rows_changes_nothing() -> None:
    own = np.bincount(TARGET)
    for name in ("accuracy", "kappa", "macro-f1"):
        assert under_prior(GOALS[name], own)(TARGET, PREDICTED) == pytest.approx(
            GOALS[name](TARGET, PREDICTED)
        )


def test_an_order_of_rows_cannot_be_weighed() -> None:
    with pytest.raises(NotApplicable, match="average-precision"):
        under_prior(GOALS["average-precision"], PRIOR)
