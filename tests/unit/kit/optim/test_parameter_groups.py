"""Which parameters decay."""

import pytest
import torch
from torch import nn

from steelyard.kit.optim import parameter_groups


class Everything(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norms = nn.ModuleList(
            [nn.BatchNorm2d(4), nn.GroupNorm(2, 4), nn.LayerNorm((4, 5)), nn.RMSNorm((4, 5))]
        )
        self.instance = nn.InstanceNorm2d(4, affine=True)
        self.attention = nn.MultiheadAttention(4, 2, add_bias_kv=True)
        self.lstm = nn.LSTM(4, 4)
        self.table = nn.Embedding(7, 4)
        self.temperature = nn.Parameter(torch.ones(()))
        self.scale = nn.Parameter(torch.ones(4))


def test_weights_decay_and_nothing_else():
    module = Everything()
    names = {param: name for name, param in module.named_parameters()}
    decayed, spared = parameter_groups(module, 0.3)
    assert (decayed["weight_decay"], spared["weight_decay"]) == (0.3, 0.0)
    assert sorted(names[p] for p in decayed["params"]) == [
        "attention.in_proj_weight",
        "attention.out_proj.weight",
        "conv.weight",
        "lstm.weight_hh_l0",
        "lstm.weight_ih_l0",
        "table.weight",
    ]
    both = decayed["params"] + spared["params"]
    assert len(both) == len(set(both)) == len(names)


def test_a_weight_shrinks_and_a_bias_does_not():
    module = nn.Linear(2, 2)
    nn.init.ones_(module.weight)
    nn.init.ones_(module.bias)
    optimizer = torch.optim.SGD(parameter_groups(module, 0.5), lr=0.1)
    (0 * module(torch.ones(1, 2))).sum().backward()
    optimizer.step()
    assert module.weight.tolist() == [[pytest.approx(0.95)] * 2] * 2
    assert module.bias.tolist() == [1.0, 1.0]


def test_a_shared_weight_comes_once_and_frozen_ones_come_too():
    first = nn.Linear(3, 3)
    second = nn.Linear(3, 3)
    second.weight = first.weight
    first.bias.requires_grad_(False)
    decayed, spared = parameter_groups(nn.Sequential(first, second), 0.1)
    assert len(decayed["params"]) == 1
    assert len(spared["params"]) == 2
    torch.optim.AdamW([decayed, spared])


def test_settings_of_the_second_group_and_empty_groups():
    assert parameter_groups(nn.Linear(2, 2), 0.1, trust=False)[1]["trust"] is False
    assert len(parameter_groups(nn.Linear(2, 2, bias=False), 0.1)) == 1


def test_refused():
    with pytest.raises(ValueError, match="weight_decay"):
        parameter_groups(nn.Linear(2, 2), -0.1)
    with pytest.raises(ValueError, match="ReLU has no parameters"):
        parameter_groups(nn.ReLU(), 0.1)
