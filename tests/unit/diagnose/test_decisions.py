"""The swap test against all swaps, against the sign-flip test of the kit, and under the null."""

from itertools import product

import numpy as np
import pytest

from steelyard.diagnose.decisions import balanced_gain, decided_by, mean_confusion, swap_test
from steelyard.diagnose.twins import even, examined
from steelyard.kit.intervals import sign_flip_test
from steelyard.kit.metrics import GOALS, confusion_matrix


def decisions(seed: int, n: int, k: int, better: float) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    target = rng.permutation(np.arange(n) % k)
    old = np.where(rng.random((2, n)) < 0.5, target, rng.integers(0, k, (2, n)))
    new = np.where(rng.random((2, n)) < better, target, old)
    return target, old, new


@pytest.mark.parametrize("goal", ["balanced-accuracy", "macro-f1", "kappa", "worst-class"])
def test_p_agrees_with_the_count_over_all_swaps(goal: str) -> None:
    target, old, new = decisions(3, 9, 3, 0.4)
    value = GOALS[goal].function.from_confusion

    def gain(first: np.ndarray, second: np.ndarray) -> float:
        tables = [np.mean([confusion_matrix(target, s, 3) for s in d], axis=0)
                  for d in (first, second)]  # fmt: skip
        return value(tables[1]) - value(tables[0])

    observed = gain(old, new)
    swaps = [np.array(bits, dtype=bool) for bits in product([False, True], repeat=9)]
    exact = np.mean(
        [gain(np.where(s, new, old), np.where(s, old, new)) >= observed - 1e-12 for s in swaps]
    )
    found, p = swap_test(GOALS[goal], target, old, new, 3, n_swaps=8000)
    assert found == pytest.approx(observed)
    assert p == pytest.approx(exact, abs=0.015)


def test_for_balanced_accuracy_it_is_the_sign_flip_test() -> None:
    target, old, new = decisions(5, 120, 4, 0.12)
    change = ((new == target).astype(float) - (old == target)).mean(axis=0)
    expected = sign_flip_test(change, target, alternative="greater")
    gain, p = swap_test(GOALS["balanced-accuracy"], target, old, new, 4, n_swaps=9999)
    assert p == pytest.approx(expected, abs=0.02)
    interval = balanced_gain(target, old, new)
    assert gain == pytest.approx(interval.estimate)
    assert interval.low < gain < interval.high


def test_equal_rules_seldom_look_better() -> None:
    rng = np.random.default_rng(0)
    low = 0
    for _ in range(100):
        target = np.arange(60) % 3
        both = np.where(rng.random((2, 60)) < 0.6, target, rng.integers(0, 3, (2, 60)))
        old, new = both[:1], both[1:]
        low += swap_test(GOALS["macro-f1"], target, old, new, 3, n_swaps=199)[1] <= 0.05
    assert low <= 12  # 5 expected; more than 12 has probability 0.002


def test_no_difference_and_small_gains_are_not_tested() -> None:
    target, old, new = decisions(1, 60, 3, 0.3)
    goal = GOALS["balanced-accuracy"]
    assert swap_test(goal, target, old, old, 3) == (0.0, 1.0)
    assert swap_test(goal, target, old, new, 3, least=0.9)[1] == 1.0


def test_lower_is_better_goals_gain_by_falling() -> None:
    from steelyard.kit.posthoc import cost_goal

    target, old, new = decisions(2, 90, 3, 0.4)
    gain, p = swap_test(cost_goal(1 - np.eye(3)), target, old, new, 3)
    accuracy = [(d == target).mean() for d in (old, new)]
    assert gain == pytest.approx(accuracy[1] - accuracy[0])
    assert p < 0.05


def test_mean_confusion_is_the_mean_over_seeds() -> None:
    table = mean_confusion(np.array([0, 1, 1]), np.array([[0, 1, 1], [0, 0, 1]]), 2)
    assert table.tolist() == [[1.0, 0.0], [0.5, 1.5]]


def test_given_predictions_without_folds_get_folds() -> None:
    exam = examined([200, 40], np.random.default_rng(0), skill=1.5, seeds=2, fold=None)
    decided = decided_by(exam, "logit-adjusted")
    assert decided.shape == exam.predicted.shape
    assert (decided == 1).sum() > (exam.predicted == 1).sum()
    even_exam = examined(even(2, 60), np.random.default_rng(0), skill=1.5, fold=None)
    assert (decided_by(even_exam, "logit-adjusted") == even_exam.predicted).all()
