"""The classifier's stage: what is frozen stays frozen, the head is drawn anew, over-smoothing."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from steelyard.kit.stages import (
    classifier_retraining,
    frozen_features,
    label_over_smoothing,
    reset_head,
)


class Convolutional(nn.Module):
    """Trunk, norm, functional dropout that asks the network itself, head."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5))
        self.head = nn.Linear(4, 3)

    def forward(self, images):
        features = self.trunk(images).mean((2, 3))
        return self.head(F.dropout(features, 0.5, training=self.training))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Convolutional()


IMAGES = torch.randn(8, 1, 6, 6, generator=torch.Generator().manual_seed(1))
TARGET = torch.arange(8) % 3


def steps(network, parameters, n=3):
    optimizer = torch.optim.SGD(parameters, lr=0.5)
    for _ in range(n):
        network.train()
        loss = F.cross_entropy(network(IMAGES), TARGET)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_training_the_head_changes_nothing_else_not_even_running_statistics(network):
    before = copy.deepcopy(network.state_dict())
    with frozen_features(network, network.head) as parameters:
        steps(network, parameters)
    changed = {n for n, value in network.state_dict().items() if not torch.equal(value, before[n])}
    assert changed == {"head.weight", "head.bias"}


def test_without_it_the_same_training_moves_the_statistics(network):
    before = copy.deepcopy(network.state_dict())
    steps(network, network.head.parameters())
    assert not torch.equal(
        network.state_dict()["trunk.1.running_mean"], before["trunk.1.running_mean"]
    )


def test_features_are_those_of_evaluation_also_called_alone(network):
    features = network.eval().trunk(IMAGES)
    with frozen_features(network, network.head):
        network.train()
        assert torch.equal(network.trunk(IMAGES), features)
        assert torch.equal(network(IMAGES), network(IMAGES))  # no dropout draws
        assert network.head.training  # a head may hold dropout of its own


def test_all_is_as_it_was_afterwards_even_after_an_error(network):
    network.trunk[0].bias.requires_grad_(False)
    network.trunk[1].eval()
    asks = [p.requires_grad for p in network.parameters()]
    modes = [module.training for module in network.modules()]

    def broken():
        with frozen_features(network, network.head):
            network.train()
            network(IMAGES)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        broken()
    assert [p.requires_grad for p in network.parameters()] == asks
    assert [module.training for module in network.modules()] == modes
    assert not torch.equal(network.train()(IMAGES), network(IMAGES))  # dropout draws again


def test_only_parameters_that_ask_are_given(network):
    network.head.bias.requires_grad_(False)
    with frozen_features(network, network.head) as parameters:
        assert [p is network.head.weight for p in parameters] == [True]


def test_re_training_draws_the_head_from_its_seed_and_leaves_the_global_numbers(network):
    old = network.head.weight.clone()
    heads = []
    for generator in (5, 5, 6, torch.Generator().manual_seed(5)):
        torch.manual_seed(9)
        with classifier_retraining(network, network.head, generator=generator) as parameters:
            assert {id(p) for p in parameters} == {id(p) for p in network.head.parameters()}
            heads.append(network.head.weight.detach().clone())
        after = torch.rand(2)
        torch.manual_seed(9)
        assert torch.equal(after, torch.rand(2))
    assert torch.equal(heads[0], heads[1])
    for other in (old, heads[2], heads[3]):
        assert not torch.equal(heads[0], other)


def test_a_head_of_several_modules_is_reset_whole():
    head = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.fill_(7.0)
    reset_head(head, generator=0)
    assert all((parameter != 7).all() for parameter in head.parameters())


def test_heads_that_are_none_are_refused(network):
    for head in (nn.Linear(4, 3), network):
        with (
            pytest.raises(ValueError, match="head must be a module inside"),
            frozen_features(network, head),
        ):
            pass
    with (
        pytest.raises(ValueError, match="no parameter that asks"),
        frozen_features(network, network.trunk[2]),
    ):
        pass
    with pytest.raises(ValueError, match="reset_parameters"):
        reset_head(nn.ReLU())


def test_over_smoothed_targets_are_hardly_above_one_in_k():
    logits = torch.randn(6, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    target = torch.tensor([0, 1, 2, 3, 4, 0])
    soft = torch.full((6, 5), 0.98 / 5, dtype=torch.float64)
    soft[torch.arange(6), target] += 0.02
    by_hand = -(soft * logits.log_softmax(1)).sum(1)
    torch.testing.assert_close(label_over_smoothing(logits, target, reduction="none"), by_hand)
    torch.testing.assert_close(label_over_smoothing(logits, target), by_hand.mean())


@pytest.mark.parametrize("smoothing", [0.5, 0.98])
def test_the_loss_is_least_at_the_gap_its_docstring_gives(smoothing):
    gap = math.log(1 + 10 * (1 - smoothing) / smoothing)
    logits = torch.zeros(3, 10, dtype=torch.float64)
    target = torch.tensor([0, 4, 9])
    logits[torch.arange(3), target] = gap
    logits.requires_grad_()
    label_over_smoothing(logits, target, smoothing=smoothing).backward()
    torch.testing.assert_close(logits.grad, torch.zeros_like(logits), atol=1e-12, rtol=0)


@pytest.mark.parametrize("smoothing", [0.0, 1.0, 98.0])
def test_smoothings_that_teach_nothing_are_refused(smoothing):
    with pytest.raises(ValueError, match=f"got {smoothing}"):
        label_over_smoothing(torch.zeros(1, 2), torch.tensor([0]), smoothing=smoothing)
