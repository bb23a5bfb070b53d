"""The verdict claims no more than the test rows allow."""

from dataclasses import replace

import numpy as np
import pytest

from steelyard.core.trial import Interval
from steelyard.kit.metrics import GOALS
from steelyard.kit.posthoc import cost_goal
from steelyard.verify.judging import judge, open_test, proven, smallest_effect
from steelyard.verify.scoring import Predictions

GOAL = GOALS["balanced-accuracy"]
ON_WORK = Interval(0.1, 0.05, 0.15, 0.001)


def model(target: np.ndarray, right: np.ndarray, seed: int, seeds: int = 2) -> Predictions:
    rng = np.random.default_rng(seed)
    k = len(right)
    hit = rng.random((seeds, len(target))) < right[target]
    predicted = np.where(hit, target, (target + 1) % k)
    return Predictions(target, 0.8 * np.eye(k)[predicted] + 0.2 / k, predicted)


def test_a_claim_needs_interval_size_and_p() -> None:
    assert proven(Interval(0.05, 0.02, 0.08, 0.001))
    assert not proven(Interval(0.05, -0.01, 0.11, 0.001))
    assert not proven(Interval(0.009, 0.005, 0.013, 0.001))
    assert not proven(Interval(0.05, 0.02, 0.08, 0.06))


def test_two_claims_pay_for_being_two() -> None:
    one = Interval(0.05, 0.02, 0.08, 0.04)
    assert proven(one)
    assert not proven(one, one)


def test_a_real_gain_is_proven_and_its_price_told() -> None:
    target = np.repeat([0, 1, 2], [200, 100, 60])
    base = model(target, np.array([0.95, 0.6, 0.1]), 0)
    kept = model(target, np.array([0.85, 0.8, 0.7]), 1)
    report = open_test(GOAL, base, base, kept, np.array([500, 90, 12]))
    verdict = judge("R610", report, ON_WORK, 7, goal=GOAL)
    assert (verdict.state, verdict.kept, verdict.tried) == ("proven-better", "R610", 7)
    wrong_now = (base.predicted[0] == target) & (kept.predicted[0] != target)
    assert report.flips.negative == wrong_now.sum()
    assert report.flips.by_part["tail"][2] == 60
    assert report.smallest_class == 60
    again = (base.predicted[0] == target) & (base.predicted[1] != target)
    assert report.flips.seed_to_seed_negative == pytest.approx(again.mean())


def test_equal_models_prove_nothing_and_base_is_kept() -> None:
    target = np.repeat([0, 1], [150, 20])
    base, kept = (model(target, np.array([0.9, 0.5]), seed) for seed in (0, 1))
    report = open_test(GOAL, base, base, kept, np.array([400, 40]))
    verdict = judge("R210", report, ON_WORK, 9, goal=GOAL)
    assert (verdict.state, verdict.kept) == ("no-proven-difference", "base")
    assert "No difference is proven" in verdict.says
    assert verdict.candidate == "R210"
    assert verdict.test is not None
    assert verdict.test.kept == verdict.test.base


@pytest.mark.parametrize(
    ("gain", "lack"),
    [
        (Interval(0.13, 0.02, 0.22, 0.07), "but its p = 0.070 is over 0.05"),
        (Interval(0.006, 0.002, 0.01, 0.001), "less than the 0.01 that counts"),
        (Interval(0.13, -0.02, 0.22, 0.07), "[-0.020, +0.220] over base; base is kept"),
    ],
)
def test_an_unproven_gain_says_what_it_lacks(gain: Interval, lack: str) -> None:
    target = np.repeat([0, 1], [200, 60])
    one = model(target, np.array([0.9, 0.5]), 3)
    report = replace(open_test(GOAL, one, one, one, np.array([500, 90])), difference=gain)
    verdict = judge("R610", report, ON_WORK, 3, goal=GOAL)
    assert verdict.state == "no-proven-difference"
    assert lack in verdict.says


def test_a_gain_over_tuned_base_says_why_two_claims_are_one_too_many() -> None:
    target = np.repeat([0, 1], [487, 6])
    old, new = np.zeros((1, 493), int), target[None]
    base, kept = (Predictions(target, 0.8 * np.eye(2)[p] + 0.1, p) for p in (old, new))
    goal = GOALS["macro-f1"]
    report = open_test(goal, base, base, kept, np.array([973, 11]))
    verdict = judge("R730", report, ON_WORK, 6, goal=goal)
    assert verdict.state == "proven-better"
    assert "is not proven: with p = 0.031 two claims at once are too many" in verdict.says


@pytest.mark.parametrize("name", ["balanced-accuracy", "macro-f1", "kappa", "worst-class"])
def test_five_rare_rows_cannot_win(name: str) -> None:
    """All five rows of the rare class won and nothing lost is still no proof (2 * 0.5 ** 5)."""
    target = np.repeat([0, 1], [100, 5])
    old, new = np.zeros((1, 105), int), target[None]
    base, kept = (Predictions(target, 0.8 * np.eye(2)[p] + 0.1, p) for p in (old, new))
    goal = GOALS[name]
    report = open_test(goal, base, base, kept, np.array([400, 20]))
    assert judge("R610", report, ON_WORK, 1, goal=goal).state == "no-proven-difference"


@pytest.mark.slow
def test_the_best_of_twenty_equal_remedies_is_not_proven() -> None:
    """Winner's curse: chosen on 20 draws, judged on fresh rows, false proofs stay under 5 %."""
    target = np.repeat([0, 1, 2], [120, 40, 12])
    right = np.array([0.9, 0.6, 0.4])
    false_proofs, runs = 0, 60
    for run in range(runs):
        work = [model(target, right, 1000 * run + i, seeds=1) for i in range(20)]
        best = int(np.argmax([w.value(GOAL) for w in work]))
        base, kept = (model(target, right, 500_000 + 1000 * run + i, seeds=1) for i in (99, best))
        report = open_test(GOAL, base, base, kept, np.array([300, 100, 30]))
        false_proofs += judge("R1", report, ON_WORK, 20, goal=GOAL).state == "proven-better"
    assert false_proofs / runs <= 0.05


def test_a_cost_is_worth_proving_by_its_share_not_by_its_unit() -> None:
    """A gain of 0.02 is a lot of a mean cost of 0.1 and nothing of one of 5,000."""
    cost = cost_goal([[0, 1], [50, 0]])
    assert smallest_effect(cost, 0.1) == pytest.approx(0.001)
    assert smallest_effect(cost, 5000.0) == pytest.approx(50.0)
    assert smallest_effect(GOAL, 0.3) == 0.01
