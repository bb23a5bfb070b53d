"""LARS against the paper's algorithm in plain numpy, against SGD, and where SGD has no rate."""

import numpy as np
import pytest
import torch

from steelyard.kit.optim import LARS, parameter_groups


def lars(w, grads, lrs, momentum, decay, coefficient):
    """Algorithm 1 of You, Gitman and Ginsburg 2017, one layer."""
    velocity = np.zeros_like(w)
    for g, lr in zip(grads, lrs, strict=True):
        rate = coefficient * np.linalg.norm(w) / (np.linalg.norm(g) + decay * np.linalg.norm(w))
        velocity = momentum * velocity + lr * rate * (g + decay * w)
        w = w - velocity
    return w


def test_steps_are_those_of_the_algorithm_layer_by_layer_and_while_lr_falls():
    rng = np.random.default_rng(0)
    layers = [rng.normal(size=(3, 2)), 100 * rng.normal(size=4)]
    grads = [[rng.normal(size=w.shape) for _ in range(4)] for w in layers]
    lrs = [2.0, 2.0, 0.2, 0.2]
    params = [torch.nn.Parameter(torch.from_numpy(w.copy())) for w in layers]
    optimizer = LARS(params, 1.0, momentum=0.8, weight_decay=0.01, trust_coefficient=0.1)
    for t, lr in enumerate(lrs):
        optimizer.param_groups[0]["lr"] = lr
        for param, g in zip(params, grads, strict=True):
            param.grad = torch.from_numpy(g[t])
        optimizer.step()
    for param, w, g in zip(params, layers, grads, strict=True):
        np.testing.assert_allclose(param.detach(), lars(w, g, lrs, 0.8, 0.01, 0.1), rtol=1e-12)


def test_without_trust_it_is_sgd():
    start = torch.randn(5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    optimizers = [
        LARS([ours], 0.1, momentum=0.9, weight_decay=0.02, trust=False),
        torch.optim.SGD([theirs], 0.1, momentum=0.9, weight_decay=0.02),
    ]
    for _ in range(20):
        for w, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            (w**2 * torch.arange(1, 6)).sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)


def test_weights_that_start_at_0_leave_it():
    w = torch.nn.Parameter(torch.zeros(2))
    w.grad = torch.tensor([1.0, -2.0])
    LARS([w], lr=0.5).step()
    assert w.tolist() == [-0.5, 1.0]


def test_a_gradient_of_0_is_no_division_by_0():
    w = torch.nn.Parameter(torch.ones(2))
    w.grad = torch.zeros(2)
    LARS([w], lr=0.5).step()
    assert w.tolist() == [1.0, 1.0]


def layers_of_unlike_scale(make):
    """Loss left of two layers whose gradients differ 10,000 times, as share of the first loss."""
    generator = torch.Generator().manual_seed(0)
    layers = [torch.nn.Parameter(torch.randn(20, generator=generator)) for _ in range(2)]
    goals = [torch.randn(20, generator=generator) for _ in range(2)]
    optimizer = make(layers)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 200)
    left = []
    for _ in range(200):
        optimizer.zero_grad()
        errors = [((w - goal) ** 2).mean() for w, goal in zip(layers, goals, strict=True)]
        (1e4 * errors[0] + errors[1]).backward()
        optimizer.step()
        schedule.step()
        left.append([float(error.detach()) for error in errors])
    return max(last / first for last, first in zip(left[-1], left[0], strict=True))


def test_one_rate_serves_layers_for_which_sgd_has_none():
    rates = 10.0 ** np.arange(-6, 3)
    sgd = [layers_of_unlike_scale(lambda p, lr=lr: torch.optim.SGD(p, lr, 0.9)) for lr in rates]
    # trust_coefficient 1 and lr 0.05: a layer moves by a twentieth of its length at first.
    ours = layers_of_unlike_scale(lambda p: LARS(p, 0.05, trust_coefficient=1.0))
    assert ours < 1e-3
    assert np.nanmin(sgd) > 0.1


def test_groups_of_a_module_say_which_layers_are_trusted():
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    groups = LARS(parameter_groups(module, 0.1, trust=False), lr=1.0).param_groups
    assert [(g["trust"], g["weight_decay"], len(g["params"])) for g in groups] == [
        (True, 0.1, 1),
        (False, 0.0, 3),
    ]


@pytest.mark.parametrize(
    "wrong", [{"lr": -1.0}, {"momentum": 1.0}, {"weight_decay": -0.1}, {"trust_coefficient": 0.0}]
)
def test_settings_outside_their_range_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        LARS([torch.nn.Parameter(torch.ones(1))], **{"lr": 1.0, **wrong})
