"""BBN's network and loss: equations 1 and 3 by hand, gradients, refusals."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from steelyard.kit.mixing import bilateral_share
from steelyard.kit.stages import BilateralBranchNetwork, bilateral_loss

GENERATOR = torch.Generator().manual_seed(0)
IMAGES, REVERSED = (torch.randn(5, 4, generator=GENERATOR) for _ in range(2))
LOGITS = torch.randn(5, 3, generator=GENERATOR, dtype=torch.float64)
TARGET, REVERSED_TARGET = torch.tensor([0, 0, 0, 1, 0]), torch.tensor([2, 2, 1, 2, 0])


@pytest.fixture
def network():
    torch.manual_seed(1)
    return BilateralBranchNetwork(nn.Linear(4, 6), nn.Linear(6, 2), nn.Linear(6, 2), 2, 3)


def by_hand(network, images, reversed_images, alpha):
    W, V = network.classifier.weight.split(2, dim=1)
    f = network.branch_conventional(network.trunk(images))
    g = network.branch_rebalancing(network.trunk(reversed_images))
    return 2 * (alpha * f @ W.T + (1 - alpha) * g @ V.T) + network.classifier.bias


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_logits_are_equation_one(network, alpha):
    expected = by_hand(network, IMAGES, REVERSED, alpha)
    torch.testing.assert_close(network(IMAGES, REVERSED, alpha), expected)


def test_prediction_shows_both_branches_the_same_images_in_equal_parts(network):
    torch.testing.assert_close(network(IMAGES), by_hand(network, IMAGES, IMAGES, 0.5))


def test_each_branch_learns_only_while_it_has_a_share(network):
    for alpha, still in ((1.0, "branch_rebalancing"), (0.0, "branch_conventional")):
        network.zero_grad()
        bilateral_loss(network(IMAGES, REVERSED, alpha), TARGET, REVERSED_TARGET, alpha).backward()
        for name, parameter in network.named_parameters():
            moved = bool(parameter.grad.abs().sum() > 0)
            assert moved != name.startswith(still)


def test_the_loss_is_equation_three():
    for alpha in (bilateral_share(0, 10), bilateral_share(5, 10), 0.0):
        expected = alpha * F.cross_entropy(LOGITS, TARGET) + (1 - alpha) * F.cross_entropy(
            LOGITS, REVERSED_TARGET
        )
        ours = bilateral_loss(LOGITS, TARGET, REVERSED_TARGET, alpha)
        torch.testing.assert_close(ours, expected)
    rows = bilateral_loss(LOGITS, TARGET, REVERSED_TARGET, 0.25, reduction="none")
    assert rows.shape == (5,)
    torch.testing.assert_close(
        rows.sum(), bilateral_loss(LOGITS, TARGET, REVERSED_TARGET, 0.25, reduction="sum")
    )


def test_its_gradient_is_right():
    logits = LOGITS.clone().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda z: bilateral_loss(z, TARGET, REVERSED_TARGET, 0.3), logits
    )


def test_what_does_not_fit_is_refused(network):
    with pytest.raises(ValueError, match=r"\(5, 4\) and reversed_images \(3, 4\)"):
        network(IMAGES, REVERSED[:3])
    for call in (
        lambda: network(IMAGES, REVERSED, 1.5),
        lambda: bilateral_loss(LOGITS, TARGET, REVERSED_TARGET, -0.1),
    ):
        with pytest.raises(ValueError, match="alpha must be in"):
            call()
    unpooled = BilateralBranchNetwork(nn.Identity(), nn.Conv2d(1, 2, 3), nn.Conv2d(1, 2, 3), 2, 3)
    with pytest.raises(ValueError, match="pool and flatten"):
        unpooled(torch.zeros(4, 1, 5, 5))
