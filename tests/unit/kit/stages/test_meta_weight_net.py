"""Meta-Weight-Net: its gradient in closed form and by differences, and nothing else touched."""

import copy
import functools
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from torch import nn
from torch.nn import functional as F

from steelyard.kit import losses
from steelyard.kit.stages import MetaWeightNet, meta_step, meta_weighted_loss

REFERENCE = Path(__file__).parents[5] / "shared" / "reference"
HERE = (REFERENCE / "expected.json").is_file()
needs_reference = pytest.mark.skipif(not HERE, reason=f"no reference numbers in {REFERENCE}")

GENERATOR = torch.Generator().manual_seed(0)
X, META_X = (torch.randn(n, 5, generator=GENERATOR, dtype=torch.float64) for n in (7, 4))
Y, META_Y = torch.tensor([0, 1, 2, 0, 0, 1, 0]), torch.tensor([0, 1, 2, 2])
RATE = 0.3


@pytest.fixture
def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3)).double()


@pytest.fixture
def weight_net():
    torch.manual_seed(2)
    return MetaWeightNet(6).double()


def step(network, weight_net, **settings):
    return meta_step(network, weight_net, X, Y, META_X, META_Y, learning_rate=RATE, **settings)


def trusted_loss_after(network, weights, moving):
    """The mean loss of the trusted rows after one weighted step, done on a copy by hand."""
    network = copy.deepcopy(network)
    network.zero_grad()
    (weights * F.cross_entropy(network(X), Y, reduction="none")).mean().backward()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if moving(name):
                parameter -= RATE * parameter.grad
        return F.cross_entropy(network(META_X), META_Y)


MOVING = [(None, lambda name: True), (["2"], lambda name: name.startswith("2.")),
          (["0.bias", "2.weight"], lambda name: name in ("0.bias", "2.weight"))]  # fmt: skip


@pytest.mark.parametrize(("only", "moving"), MOVING)
def test_gradient_is_that_of_the_trusted_loss_by_differences(network, weight_net, only, moving):
    meta_loss = step(network, weight_net, only=only)
    row_losses = F.cross_entropy(network(X), Y, reduction="none").detach()
    expected = trusted_loss_after(network, weight_net(row_losses).detach(), moving)
    torch.testing.assert_close(meta_loss, expected)
    h = 1e-5
    for parameter in weight_net.parameters():
        for place in range(parameter.numel()):
            ends = []
            for sign in (1, -1):
                with torch.no_grad():
                    parameter.view(-1)[place] += sign * h
                    weights = weight_net(row_losses)
                    parameter.view(-1)[place] -= sign * h
                ends.append(trusted_loss_after(network, weights, moving))
            by_differences = (ends[0] - ends[1]) / (2 * h)
            torch.testing.assert_close(
                parameter.grad.view(-1)[place], by_differences, rtol=1e-5, atol=1e-10
            )


def test_a_row_gains_weight_as_its_gradient_agrees_with_the_trusted_one(network):
    """Shu et al., equation 6: the derivative by a weight is -rate / N <grad_j, trusted grad>."""
    weights = nn.Parameter(torch.full((7,), 0.5, dtype=torch.float64))

    class OneWeightARow(nn.Module):
        def __init__(self):
            super().__init__()
            self.weights = weights

        def forward(self, loss):
            return self.weights

    step(network, OneWeightARow())
    own = [torch.autograd.grad(row, network.parameters(), retain_graph=True)
           for row in F.cross_entropy(network(X), Y, reduction="none")]  # fmt: skip
    stepped = copy.deepcopy(network)
    with torch.no_grad():
        for place, parameter in enumerate(stepped.parameters()):
            parameter -= RATE * 0.5 * sum(row[place] for row in own) / 7
    trusted = torch.autograd.grad(
        F.cross_entropy(stepped(META_X), META_Y), list(stepped.parameters())
    )
    agree = [sum((a * b).sum() for a, b in zip(row, trusted, strict=True)) for row in own]
    torch.testing.assert_close(weights.grad, -RATE / 7 * torch.stack(agree))


def test_the_network_is_left_as_found(weight_net):
    torch.manual_seed(3)
    network = nn.Sequential(
        nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 3)
    ).double()
    network[4].weight.grad = torch.ones_like(network[4].weight)
    before = copy.deepcopy(network.state_dict())
    step(network, weight_net)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
    gradients = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    assert gradients.keys() == {"4.weight"}
    assert (gradients["4.weight"] == 1).all()
    assert all(module.training for module in network.modules())


def test_batch_norm_in_training_sees_the_virtual_batch(weight_net):
    torch.manual_seed(3)
    network = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 3)).double()
    row_losses = F.cross_entropy(network(X), Y, reduction="none").detach()
    expected = trusted_loss_after(network, weight_net(row_losses).detach(), lambda name: True)
    network[1].reset_running_stats()
    torch.testing.assert_close(step(network.train(), weight_net), expected)
    assert not torch.isclose(step(network.eval(), weight_net), expected)


def test_gradients_of_the_weight_net_are_replaced_and_works_without_grad_mode(network, weight_net):
    step(network, weight_net)
    first = [p.grad.clone() for p in weight_net.parameters()]
    with torch.no_grad():
        step(network, weight_net)
    for parameter, gradient in zip(weight_net.parameters(), first, strict=True):
        assert torch.equal(parameter.grad, gradient)


def test_frozen_parameters_take_no_virtual_step(network, weight_net):
    network[0].requires_grad_(False)
    frozen = step(network, weight_net)
    network[0].requires_grad_(True)
    torch.testing.assert_close(frozen, step(network, weight_net, only=["2"]))


def test_other_losses_of_the_kit_can_be_weighed(network, weight_net):
    adjusted = functools.partial(losses.logit_adjusted, counts=[70, 20, 10])
    assert step(network, weight_net, loss=adjusted) != step(network, weight_net)
    logits = network(X)
    rows = adjusted(logits, Y, reduction="none")
    expected = (weight_net(rows).detach() * rows).sum() / 7
    torch.testing.assert_close(meta_weighted_loss(logits, Y, weight_net, loss=adjusted), expected)


def test_the_real_loss_teaches_the_network_alone(network, weight_net):
    meta_weighted_loss(network(X), Y, weight_net).backward()
    assert all(p.grad is None for p in weight_net.parameters())
    rows = F.cross_entropy(network(X), Y, reduction="none")
    expected = torch.autograd.grad(
        (weight_net(rows).detach() * rows).mean(), list(network.parameters())
    )
    for parameter, gradient in zip(network.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)


@needs_reference
def test_weights_and_weighted_loss_are_the_official_ones():
    """The entry's network and rows are not stated, so its meta loss and gradients are left out.

    Its weights are those of a weight-net made after manual_seed(0): the losses that get them, one
    each as the curve is monotone, give the official weighted loss to seven digits.
    """
    entry = json.loads((REFERENCE / "expected.json").read_text("utf-8"))["other"]
    entry = entry["mwnet.one_meta_step"]
    torch.manual_seed(0)
    weight_net = MetaWeightNet(100).double()

    def weight(loss):
        with torch.no_grad():
            return weight_net(torch.tensor([loss], dtype=torch.float64)).item()

    curve = np.array([weight(loss) for loss in np.linspace(0, 8, 200)])
    assert (np.diff(curve) < 0).all() or (np.diff(curve) > 0).all()
    row_losses = [brentq(lambda x, w=w: weight(x) - w, 0, 8) for w in entry["weights"]]
    # a row whose other class is as far ahead has that loss under cross-entropy
    logits = torch.tensor([[0.0, np.log(np.expm1(loss))] for loss in row_losses])
    ours = meta_weighted_loss(logits, torch.zeros(16, dtype=torch.long), weight_net)
    assert ours.item() == pytest.approx(entry["weighted_loss"], rel=2e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be above 0"),
        ({"only": ["head"]}, r"got \['head'\]; there are 0.weight, 0.bias, 2.weight, 2.bias"),
        ({"only": []}, "only must name"),
        ({"loss": lambda z, y, reduction: F.cross_entropy(z, y)}, r"one number a row \(7,\)"),
    ],
)
def test_what_makes_no_sense_is_refused(network, weight_net, settings, message):
    given = {"learning_rate": RATE, **settings}
    with pytest.raises(ValueError, match=message):
        meta_step(network, weight_net, X, Y, META_X, META_Y, **given)
