"""Warm-up before every scheduler of torch, against torch's own where it can, and resumed."""

import copy
import warnings

import pytest
import torch
from torch.optim import lr_scheduler as torch_schedules

from steelyard.kit.optim import warm_up

SCHEDULES = {
    "step": lambda o: torch_schedules.StepLR(o, 3),
    "exponential": lambda o: torch_schedules.ExponentialLR(o, 0.8),
    "cosine": lambda o: torch_schedules.CosineAnnealingLR(o, 10),
    "restarts": lambda o: torch_schedules.CosineAnnealingWarmRestarts(o, 4),
    "lambda": lambda o: torch_schedules.LambdaLR(o, lambda t: 1 / (1 + t)),
    "polynomial": lambda o: torch_schedules.PolynomialLR(o, 10),
    "one cycle": lambda o: torch_schedules.OneCycleLR(o, [0.4, 0.2], total_steps=20),
}
EACH = pytest.mark.parametrize("make", SCHEDULES.values(), ids=SCHEDULES)


def two_groups():
    params = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    return torch.optim.SGD([{"params": params[:1]}, {"params": params[1:], "lr": 0.5}], lr=1.0)


def rates(optimizer, schedule, n, *args):
    seen = []
    for _ in range(n):
        seen.append([group["lr"] for group in optimizer.param_groups])
        assert schedule.get_last_lr() == seen[-1]
        optimizer.step()
        schedule.step(*args)
    return seen


@EACH
def test_the_schedule_follows_unchanged_after_a_linear_rise(make):
    alone, warmed = two_groups(), two_groups()
    expected = rates(alone, make(alone), 12)
    seen = rates(warmed, warm_up(make(warmed), 4, start=0.2), 16)
    assert seen[4:] == expected
    for t in range(4):
        assert seen[t] == pytest.approx([(0.2 + 0.8 * t / 4) * lr for lr in expected[0]])


@EACH
def test_without_delay_the_schedule_runs_meanwhile(make):
    alone, warmed = two_groups(), two_groups()
    expected = rates(alone, make(alone), 12)
    seen = rates(warmed, warm_up(make(warmed), 4, start=0.2, delays=False), 12)
    for t in range(12):
        factor = min(1.0, 0.2 + 0.8 * t / 4)
        assert seen[t] == pytest.approx([factor * lr for lr in expected[t]], rel=1e-12)
    assert seen[4:] == expected[4:]


def test_it_is_sequential_lr_where_that_works():
    ours, theirs = two_groups(), two_groups()
    seen = rates(ours, warm_up(torch_schedules.StepLR(ours, 3), 5, start=0.1), 15)
    rise = torch_schedules.LinearLR(theirs, 0.1, total_iters=5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls a deprecated way of its own
        sequence = torch_schedules.SequentialLR(
            theirs, [rise, torch_schedules.StepLR(theirs, 3)], [5]
        )
        expected = rates(theirs, sequence, 15)
    for one, other in zip(seen, expected, strict=True):
        assert one == pytest.approx(other)


@pytest.mark.parametrize("n_steps", [0, 3])
def test_reduce_on_plateau_begins_when_warm(n_steps):
    optimizer = two_groups()
    plateau = torch_schedules.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    schedule = warm_up(plateau, n_steps, start=0.0)
    seen = [lr for lr, _ in rates(optimizer, schedule, n_steps + 6, 7.0)]
    # first value, then two that are no better
    assert seen[:n_steps] == pytest.approx([t / 3 for t in range(n_steps)])
    assert seen[n_steps:] == [1.0, 1.0, 1.0, 0.5, 0.5, 0.25]


def test_batches_warm_up_the_optimiser_and_epochs_step_the_schedule():
    optimizer = two_groups()
    schedule = torch_schedules.StepLR(optimizer, 1, gamma=0.1)
    warm = warm_up(optimizer, 3, start=0.25)
    seen = []
    for _ in range(2):
        for _ in range(4):
            seen.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            warm.step()
        schedule.step()
    assert seen == pytest.approx([0.25, 0.5, 0.75, 1.0] + [0.1] * 4)


@EACH
@pytest.mark.parametrize("delays", [True, False])
@pytest.mark.parametrize("stop", [2, 4, 9])
def test_a_resumed_schedule_goes_on_exactly(make, delays, stop):
    whole, first, second = two_groups(), two_groups(), two_groups()
    expected = rates(whole, warm_up(make(whole), 4, delays=delays), 15)
    schedule = warm_up(make(first), 4, delays=delays)
    rates(first, schedule, stop)
    saved = copy.deepcopy((first.state_dict(), schedule.state_dict()))
    again = warm_up(make(second), 4, delays=delays)
    second.load_state_dict(saved[0])
    again.load_state_dict(saved[1])
    assert rates(second, again, 15 - stop) == expected[stop:]


def test_resumed_on_plateau_and_with_another_make():
    optimizer = two_groups()
    schedule = warm_up(torch_schedules.ReduceLROnPlateau(optimizer, patience=0), 2)
    rates(optimizer, schedule, 3, 5.0)
    saved = copy.deepcopy(schedule.state_dict())
    other = two_groups()
    again = warm_up(torch_schedules.ReduceLROnPlateau(other, patience=3), 9)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    again.load_state_dict(saved)
    assert rates(other, again, 3, 5.0) == rates(optimizer, schedule, 3, 5.0)
    with pytest.raises(ValueError, match="a schedule behind it"):
        warm_up(other, 2).load_state_dict(saved)


def test_rates_that_are_tensors_stay_the_same_tensors():
    lr = torch.tensor(1.0)
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    schedule = warm_up(torch_schedules.ExponentialLR(optimizer, 0.5), 2, start=0.5)
    held, seen = optimizer.param_groups[0]["lr"], []
    for _ in range(4):
        seen.append(float(held))
        optimizer.step()
        schedule.step()
    assert seen == [0.5, 0.75, 1.0, 0.5]


@pytest.mark.parametrize("wrong", [{"n_steps": -1}, {"n_steps": 3, "start": 1.5}])
def test_settings_outside_their_range_are_refused(wrong):
    with pytest.raises(ValueError, match="n_steps must"):
        warm_up(two_groups(), **wrong)
