"""Learning rates that fall towards the first layer."""

import pytest
import torch
from torch import nn

from steelyard.kit.optim import layer_wise_rates, parameter_groups


def blocks():
    return [
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3),
        nn.Linear(4, 2),
    ]


def test_rates_fall_geometrically_and_blocks_without_parameters_are_no_step():
    given = blocks()
    groups = layer_wise_rates(given, 0.8, decay=0.25)
    assert [group["lr"] for group in groups] == pytest.approx([0.05, 0.2, 0.8])
    assert [set(g["params"]) for g in groups] == [set(given[i].parameters()) for i in (0, 2, 3)]
    assert layer_wise_rates(nn.Sequential(*given), 0.8, decay=0.25) == groups
    assert [group["lr"] for group in layer_wise_rates(given, 0.8, decay=1.0)] == [0.8] * 3


def test_steps_are_in_proportion_and_a_schedule_keeps_them_so():
    module = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    optimizer = torch.optim.SGD(layer_wise_rates(module, 1.0, decay=0.5), lr=99.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.1)
    for expected in (1.0, 0.1):
        before = [p.item() for p in module.parameters()]
        for param in module.parameters():
            param.grad = torch.ones_like(param)
        optimizer.step()
        schedule.step()
        moved = [b - p.item() for b, p in zip(before, module.parameters(), strict=True)]
        assert moved == pytest.approx([0.5 * expected, expected], rel=1e-5)


def test_weight_decay_splits_each_block():
    given = blocks()
    groups = layer_wise_rates(given, 0.4, decay=0.5, weight_decay=0.1)
    assert [(g["lr"], g["weight_decay"], len(g["params"])) for g in groups] == [
        (0.1, 0.1, 1), (0.1, 0.0, 3), (0.2, 0.1, 1), (0.2, 0.0, 1), (0.4, 0.1, 1), (0.4, 0.0, 1),
    ]  # fmt: skip
    decaying = {p for g in groups if g["weight_decay"] for p in g["params"]}
    assert decaying == set(parameter_groups(nn.Sequential(*given), 0.1)[0]["params"])


@pytest.mark.parametrize("weight_decay", [None, 0.1])
def test_a_weight_shared_by_two_blocks_is_the_earlier_ones(weight_decay):
    first, last = nn.Linear(2, 2), nn.Linear(2, 2)
    last.weight = first.weight
    groups = layer_wise_rates([first, last], 1.0, decay=0.5, weight_decay=weight_decay)
    rates = {param: group["lr"] for group in groups for param in group["params"]}
    assert (rates[first.weight], rates[first.bias], rates[last.bias]) == (0.5, 0.5, 1.0)
    torch.optim.SGD(groups, lr=1.0)  # which would refuse one in two groups


def test_refused():
    with pytest.raises(ValueError, match="decay in"):
        layer_wise_rates(blocks(), 0.1, decay=1.5)
    with pytest.raises(ValueError, match="lr must"):
        layer_wise_rates(blocks(), -0.1)
    with pytest.raises(ValueError, match="Linear has no children"):
        layer_wise_rates(nn.Linear(2, 2), 0.1)
    with pytest.raises(ValueError, match="no block has parameters"):
        layer_wise_rates([nn.ReLU()], 0.1)
