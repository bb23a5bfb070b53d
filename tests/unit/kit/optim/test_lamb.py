"""LAMB against the paper's algorithm in plain numpy, against AdamW, and where SGD has no rate."""

import numpy as np
import pytest
import torch

from steelyard.kit.optim import LAMB


def lamb(x, grads, lr, betas, eps, decay, clamp=(0, np.inf)):
    """Algorithm 2 of You et al. 2020, one layer."""
    m, v, (beta1, beta2) = np.zeros_like(x), np.zeros_like(x), betas
    for t, g in enumerate(grads, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        r = (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
        phi = np.clip(np.linalg.norm(x), *clamp)
        x = x - lr * phi / np.linalg.norm(r + decay * x) * (r + decay * x)
    return x


@pytest.mark.parametrize("clamp", [(0.0, float("inf")), (0.5, 10.0)])
def test_steps_are_those_of_the_algorithm(clamp):
    rng = np.random.default_rng(0)
    layers = [0.01 * rng.normal(size=(3, 2)), 100 * rng.normal(size=4)]
    grads = [[rng.normal(size=w.shape) for _ in range(5)] for w in layers]
    settings = {"betas": (0.8, 0.95), "eps": 1e-3}
    params = [torch.nn.Parameter(torch.from_numpy(w.copy())) for w in layers]
    optimizer = LAMB(params, 0.1, weight_decay=0.05, clamp=clamp, **settings)
    for t in range(5):
        for param, g in zip(params, grads, strict=True):
            param.grad = torch.from_numpy(g[t])
        optimizer.step()
    for param, w, g in zip(params, layers, grads, strict=True):
        expected = lamb(w, g, 0.1, decay=0.05, clamp=clamp, **settings)
        np.testing.assert_allclose(param.detach(), expected, rtol=1e-12)


def test_a_layer_moves_by_lr_times_its_length_whatever_its_gradient():
    for scale in (1e-3, 1.0, 1e4):
        w = torch.nn.Parameter(torch.tensor([6.0, 8.0], dtype=torch.float64))
        w.grad = scale * torch.tensor([3.0, -1.0], dtype=torch.float64)
        before = w.detach().clone()
        LAMB([w], 0.01, eps=0.0).step()
        assert float((w.detach() - before).norm()) == pytest.approx(0.1)


def test_without_trust_it_is_adamw():
    start = torch.randn(5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    optimizers = [
        LAMB([ours], 0.1, eps=1e-8, weight_decay=0.02, trust=False),
        torch.optim.AdamW([theirs], 0.1, eps=1e-8, weight_decay=0.02),
    ]
    for _ in range(20):
        for w, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            (w**2 * torch.arange(1, 6)).sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=0)


def test_a_parameter_that_joins_late_begins_its_own_count():
    early, late = (torch.nn.Parameter(torch.ones(2, dtype=torch.float64)) for _ in range(2))
    optimizer = LAMB([early, late], 0.1)
    g = torch.tensor([1.0, 2.0], dtype=torch.float64)
    early.grad = g
    optimizer.step()
    late.grad = g
    optimizer.step()
    settings = {"betas": (0.9, 0.999), "eps": 1e-6, "decay": 0.01}
    np.testing.assert_allclose(early.detach(), lamb(np.ones(2), [g.numpy()] * 2, 0.1, **settings))
    np.testing.assert_allclose(late.detach(), lamb(np.ones(2), [g.numpy()], 0.1, **settings))


def test_weights_at_0_leave_it_and_a_zero_gradient_divides_nothing():
    zero, still = torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.ones(2))
    zero.grad, still.grad = torch.tensor([1.0, -1.0]), torch.zeros(2)
    LAMB([zero, still], 0.1, weight_decay=0.0).step()
    assert zero.tolist() == pytest.approx([-0.1, 0.1], rel=1e-5)
    assert still.tolist() == [1.0, 1.0]


def left_of_unlike_scales(make):
    """Largest share of its first loss that any of three quadratics, unlike by 1e8, has left."""
    generator = torch.Generator().manual_seed(0)
    layers = [torch.nn.Parameter(torch.randn(20, generator=generator)) for _ in range(3)]
    goals = [torch.randn(20, generator=generator) for _ in range(3)]
    optimizer = make(layers)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 200)
    pairs = list(zip(layers, goals, strict=True))
    first = [float(((w - goal) ** 2).mean().detach()) for w, goal in pairs]
    for _ in range(200):
        optimizer.zero_grad()
        scales = (1e4, 1.0, 1e-4)
        sum(s * ((w - goal) ** 2).mean() for s, (w, goal) in zip(scales, pairs)).backward()
        optimizer.step()
        schedule.step()
    last = [float(((w - goal) ** 2).mean().detach()) for w, goal in pairs]
    return max(b / a for a, b in zip(first, last, strict=True))


def test_one_rate_serves_layers_for_which_sgd_has_none():
    sgd = [
        left_of_unlike_scales(lambda p, lr=lr: torch.optim.SGD(p, lr, 0.9))
        for lr in 10.0 ** np.arange(-6, 5)
    ]
    # eps as small as the smallest gradients need
    assert left_of_unlike_scales(lambda p: LAMB(p, 0.1, eps=1e-12, weight_decay=0.0)) < 1e-3
    assert np.nanmin(sgd) > 0.5


@pytest.mark.parametrize(
    "wrong",
    [{"lr": -1.0}, {"betas": (1.0, 0.9)}, {"eps": -1.0}, {"weight_decay": -1.0}, {"clamp": (2, 1)}],
)
def test_settings_outside_their_range_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        LAMB([torch.nn.Parameter(torch.ones(1))], **wrong)
