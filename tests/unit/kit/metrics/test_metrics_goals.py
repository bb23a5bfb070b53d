"""The goals and the sentence of a class."""

import numpy as np
import pytest

from steelyard.core.errors import UserError
from steelyard.kit import metrics

NAMES = [
    "balanced-accuracy",
    "macro-f1",
    "worst-class",
    "average-precision",
    "kappa",
    "log-loss",
    "accuracy",
]


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    target = np.r_[np.arange(3), rng.integers(0, 3, 197)]
    logits = rng.normal(size=(200, 3)) + np.eye(3)[target]
    proba = np.exp(logits)
    return target, proba / proba.sum(axis=1, keepdims=True)


def test_all_goals_are_there_under_their_names():
    assert list(metrics.GOALS) == NAMES
    assert all(goal.name == name for name, goal in metrics.GOALS.items())


@pytest.mark.parametrize("name", NAMES)
def test_a_perfect_model_reaches_the_better_bound_and_its_opposite_is_worse(name, problem):
    goal, (target, proba) = metrics.GOALS[name], problem
    low, high = goal.bounds
    perfect, some = metrics.score(name, target, np.eye(3)[target]), goal(target, proba)
    assert perfect == pytest.approx(high if goal.higher_is_better else low)
    assert low <= some <= high
    assert goal.gain(perfect, some) > 0
    assert goal.gain(some, perfect) == -goal.gain(perfect, some)
    assert goal.gain(some, goal(target, np.eye(3)[(target + 1) % 3])) > 0


@pytest.mark.parametrize("name", NAMES)
def test_probabilities_and_decisions_say_the_same_where_decisions_suffice(name, problem):
    goal, (target, proba) = metrics.GOALS[name], problem
    if goal.needs == "decision":
        assert goal(target, proba) == goal(target, proba.argmax(axis=1))
        assert goal(target, proba) == goal.function(target, proba.argmax(axis=1), 3)
    else:
        assert goal(target, proba) == goal.function(target, proba)
        with pytest.raises(ValueError, match=r"prediction must be \(N, K\)"):
            goal(target, proba.argmax(axis=1))


def test_a_class_that_only_the_model_knows_is_no_error():
    assert metrics.score("balanced-accuracy", [0, 1], np.eye(3)[[0, 2]]) == 0.5


def test_an_own_goal_is_as_good_as_a_named_one():
    cost = metrics.Goal(
        "cost", lambda t, p, k: float(np.mean(t != p) * k), "decision", (0, 2), False
    )
    assert metrics.score(cost, [0, 1], np.eye(2)[[0, 0]]) == 1.0


def test_an_unknown_goal_is_told_the_nearest():
    with pytest.raises(UserError, match="did you mean 'macro-f1'") as caught:
        metrics.score("macro-f2", [0], [0])
    assert caught.value.code == "E116"
    with pytest.raises(UserError, match="balanced-accuracy, macro-f1"):
        metrics.goal_named("zzz")


def test_nan_is_refused_before_argmax_hides_it():
    with pytest.raises(ValueError, match=r"prediction \(2, 2\) holds NaN"):
        metrics.score("accuracy", [0, 1], [[0.5, 0.5], [np.nan, 1]])
    with pytest.raises(ValueError, match=r"prediction must be \(N, K\).*\(1, 2\)"):
        metrics.score("accuracy", [0, 1], [[0.5, 0.5]])


@pytest.mark.parametrize(
    ("precision", "recall", "says"),
    [
        (0.9, 0.8, "cod is found and trusted: 80 % of its rows are found, 90 % of its"),
        (0.5, 0.5, "found and trusted"),
        (0.9, 0.49, "trusted but missed"),
        (0.49, 0.8, "found but mixed with others"),
        (0.1, 0.1, "neither found nor trusted"),
        (0.0, 0.0, "0 % of its rows are found, 0 % of its predictions"),
        (float("nan"), 0.0, "cod is never predicted"),
        (0.5, float("nan"), "cod has no rows"),
        (0.9999, 0.0001, "under 1 % of its rows are found, over 99 % of its predictions"),
    ],
)
def test_the_sentence_of_a_class(precision, recall, says):
    sentence = metrics.class_sentence(precision, recall, "cod")
    assert says in sentence
    assert sentence.endswith(".")


def test_the_cuts_move():
    assert "missed" in metrics.class_sentence(0.9, 0.8, found_at=0.85)
    assert "mixed" in metrics.class_sentence(0.9, 0.8, trusted_at=0.95)


def test_a_share_outside_0_and_1_is_refused():
    with pytest.raises(ValueError, match="recall must be in"):
        metrics.class_sentence(0.5, 80)
