"""Frozen blocks do not move: neither parameters nor batch-norm statistics."""

import copy

import pytest
import torch
from torch import nn

from steelyard.kit.optim import freeze


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5)),
        nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(6), nn.ReLU()),
        nn.Linear(6, 2),
    )


def train(module, optimizer):
    module.train()
    for _ in range(5):
        optimizer.zero_grad()
        loss = module(3 + 2 * torch.randn(16, 4)).square().mean()
        loss.backward()
        optimizer.step()


def moved(before, after):
    return {name for name, value in after.items() if not torch.equal(value, before[name])}


def test_training_moves_only_what_is_not_frozen():
    module = network()
    optimizer = torch.optim.SGD(module.parameters(), 0.1, momentum=0.9, weight_decay=0.1)
    train(module, optimizer)  # with momentum and gradients left over
    before = copy.deepcopy(module.state_dict())
    freeze(module, 1)
    train(module, optimizer)
    assert moved(before, module.state_dict()) == {n for n in before if not n.startswith("0.")}
    assert not module[0][1].training
    assert module[0][2].training, "dropout goes on"
    assert module[1][1].training


def test_frozen_layers_give_what_they_gave_whatever_the_batch():
    module = network()
    module[0][2].p = 0.0
    train(module, torch.optim.SGD(module.parameters(), 0.1))
    x = torch.randn(8, 4)
    expected = module.eval()[0](x)
    freeze(module, 1)
    train(module, torch.optim.SGD(module.parameters(), 0.1))
    torch.testing.assert_close(module.train()[0](x), expected)


def test_thawing_gives_back_what_was():
    module = network()
    module[1][0].bias.requires_grad_(False)
    was = [p.requires_grad for p in module.parameters()]
    frozen = freeze(module, 2)
    assert [p.requires_grad for p in module.parameters()] == [False] * 8 + [True] * 2
    frozen.thaw()
    assert [p.requires_grad for p in module.parameters()] == was
    before = copy.deepcopy(module.state_dict())
    # Weight decay moves the biases that batch norms make useless.
    train(module, torch.optim.SGD(module.parameters(), 0.1, weight_decay=0.1))
    assert moved(before, module.state_dict()) == set(before) - {"1.0.bias"}


def test_a_gradient_left_over_is_not_applied():
    module = network()
    optimizer = torch.optim.SGD(module.parameters(), 0.1)
    module(torch.randn(8, 4)).square().mean().backward()
    before = copy.deepcopy(module.state_dict())
    freeze(module, 2)
    optimizer.step()
    assert moved(before, module.state_dict()) == {"2.weight", "2.bias"}


def test_a_copy_stays_frozen():
    module = network()
    freeze(module, 1)
    again = copy.deepcopy(module)
    before = copy.deepcopy(again.state_dict())
    train(again, torch.optim.SGD(again.parameters(), 0.1))
    assert not {n for n in moved(before, again.state_dict()) if n.startswith("0.")}


def test_blocks_may_be_given_in_their_order():
    module = network()
    freeze([module[2], module[1]], 1)
    assert [p.requires_grad for p in module.parameters()] == [True] * 8 + [False] * 2


@pytest.mark.parametrize("depth", [-1, 4])
def test_depth_outside_the_network_is_refused(depth):
    with pytest.raises(ValueError, match="0 to 3"):
        freeze(network(), depth)
