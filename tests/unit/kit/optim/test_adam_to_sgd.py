"""The Adam-to-SGD switch against the paper's algorithm in plain numpy, and that it pays."""

import copy

import numpy as np
import pytest
import torch

from steelyard.kit.optim import AdamToSGD


def swats(w, gradient, n_steps, lr, betas, eps, tolerance):
    """Algorithm 1 of Keskar and Socher 2017; the weights, the step of the switch and its rate."""
    (beta1, beta2), m, a, v, average = betas, 0.0, 0.0, 0.0, 0.0
    rate = switched = None
    for k in range(1, n_steps + 1):
        g = gradient(w, k)
        if rate is not None:
            v = beta1 * v + g
            w = w - (1 - beta1) * rate * v
            continue
        m, a = beta1 * m + (1 - beta1) * g, beta2 * a + (1 - beta2) * g**2
        p = -lr * np.sqrt(1 - beta2**k) / (1 - beta1**k) * m / (np.sqrt(a) + eps)
        w = w + p
        if p @ g != 0:
            gamma = p @ p / -(p @ g)
            average = beta2 * average + (1 - beta2) * gamma
            if k > 1 and abs(average / (1 - beta2**k) - gamma) < tolerance:
                rate, switched = average / (1 - beta2**k), k
    return w, switched, rate


def noisy_quadratic(seed):
    noise = np.random.default_rng(seed).normal(size=(400, 6))
    return lambda w, k: np.arange(1, 7) * w + 0.1 * noise[k - 1]


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_trajectory_switch_and_rate_are_those_of_the_algorithm(seed):
    gradient, start = noisy_quadratic(seed), np.linspace(-1, 2, 6)
    settings = {"lr": 0.02, "betas": (0.9, 0.99), "eps": 1e-9, "tolerance": 1e-5}
    expected, k, rate = swats(start, gradient, 300, **settings)
    assert 10 < k < 250, "the example is to switch midway"

    # In two parameters of one group: the criterion is of all together.
    parts = [torch.nn.Parameter(torch.from_numpy(s.copy())) for s in np.split(start, 2)]
    optimizer = AdamToSGD(parts, **settings)
    for step in range(1, 301):
        g = gradient(torch.cat(parts).detach().numpy(), step)
        for part, piece in zip(parts, np.split(g, 2), strict=True):
            part.grad = torch.from_numpy(piece)
        optimizer.step()
        assert optimizer.switched == (step >= k)
    np.testing.assert_allclose(torch.cat(parts).detach(), expected, rtol=1e-9)
    assert optimizer.sgd_rate == pytest.approx(rate, rel=1e-12)


def test_adam_until_then():
    ours, theirs = (torch.nn.Parameter(torch.tensor([1.0, -2.0]).double()) for _ in range(2))
    optimizers = [
        AdamToSGD([ours], 0.01, weight_decay=0.1, tolerance=0.0),
        torch.optim.Adam([theirs], 0.01, eps=1e-9, weight_decay=0.1),
    ]
    for _ in range(30):
        for w, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            (w**2 * torch.tensor([1.0, 7.0])).sum().backward()
            optimizer.step()
    # eps enters before the bias correction here and after it there
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=0)


def test_gradients_of_one_size_give_the_rate_at_once():
    # Adam's steps are lr in each coordinate, so gamma = lr sum(1) / sum|g|, every time the same.
    w = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
    optimizer = AdamToSGD([w], lr=0.3)
    for step in (1, 2):
        w.grad = torch.tensor([1.0, -2.0, 6.0], dtype=torch.float64)
        optimizer.step()
        assert optimizer.switched == (step == 2)
        assert optimizer.sgd_rate == pytest.approx(0.3 * 3 / 9)
    optimizer.step()
    assert set(optimizer.state[w]) == {"velocity"}, "Adam's moments take no more memory"


def test_groups_keep_their_proportions_and_a_schedule_goes_on_after_the_switch():
    a, b = (torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(2))
    optimizer = AdamToSGD([{"params": [a]}, {"params": [b], "lr": 0.4}], lr=0.1, betas=(0.0, 0.9))
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2])
    for _ in range(2):
        a.grad, b.grad = (torch.ones(1, dtype=torch.float64) for _ in range(2))
        optimizer.step()
        schedule.step()
    assert optimizer.switched
    before = a.item(), b.item()
    optimizer.step()
    # p = -lr here, so of both groups gamma / lr = (.01 + .16) / (.01 + .16) = 1; lr fell tenfold
    assert before[0] - a.item() == pytest.approx(0.01)
    assert before[1] - b.item() == pytest.approx(0.04)


def test_it_switches_at_the_step_asked_for_and_by_hand():
    w = torch.nn.Parameter(torch.ones(2))
    optimizer = AdamToSGD([w], tolerance=0.0, switch_after=7)
    generator = torch.Generator().manual_seed(0)
    seen = []
    for _ in range(9):
        w.grad = w.detach() + 0.1 * torch.randn(2, generator=generator)
        optimizer.step()
        seen.append(optimizer.switched)
    assert seen == [False] * 6 + [True] * 3

    optimizer = AdamToSGD([w], lr=0.01)
    with pytest.raises(ValueError, match=r"switch\(rate="):
        optimizer.switch()
    optimizer.switch(rate=0.5)
    before = w.detach().clone()
    optimizer.step()
    torch.testing.assert_close(w.detach(), before - 0.1 * 0.5 * w.grad)


def test_a_rate_below_0_never_takes_over():
    # The gradient turns round; momentum goes on against it, so gamma is negative.
    w = torch.nn.Parameter(torch.zeros(1))
    optimizer = AdamToSGD([w], tolerance=1e9, betas=(0.99, 0.1))
    for step in range(8):
        w.grad = torch.tensor([1.0 if step == 0 else -0.05])
        optimizer.step()
        if step == 0:
            optimizer.param_groups[0]["average"] = -10.0
        assert not optimizer.switched


def test_the_found_rate_beats_rates_ten_times_off_on_an_ill_conditioned_quadratic():
    curvature = torch.logspace(0, 2, 20, dtype=torch.float64)

    def loss_after(switch):
        generator = torch.Generator().manual_seed(0)
        w = torch.nn.Parameter(torch.ones(20, dtype=torch.float64))
        optimizer = AdamToSGD([w], 0.02, tolerance=0.0)
        losses = []
        for step in range(1500):
            if step == 100:
                switch(optimizer)
            noise = torch.randn(20, generator=generator, dtype=torch.float64)
            w.grad = curvature * w.detach() + 3 * noise
            optimizer.step()
            losses.append(float((curvature * w.detach() ** 2).sum()) / 2)
        return np.mean(losses[-300:])

    found = loss_after(lambda o: o.switch())
    assert found < 0.7 * loss_after(lambda o: None)  # Adam all the way
    assert found < loss_after(lambda o: o.switch(o.sgd_rate / 10))
    assert found < loss_after(lambda o: o.switch(o.sgd_rate * 10))


def test_the_switch_survives_a_checkpoint():
    w = torch.nn.Parameter(torch.zeros(2))
    optimizer = AdamToSGD([w], 0.1, tolerance=1e-6)
    for _ in range(4):
        w.grad = torch.tensor([1.0, 3.0])
        optimizer.step()
    again = AdamToSGD([w], 0.7)
    again.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert again.switched
    assert again.sgd_rate == optimizer.sgd_rate


@pytest.mark.parametrize(
    "wrong", [{"lr": -1.0}, {"betas": (0.9, 1.0)}, {"tolerance": -1.0}, {"switch_after": 0}]
)
def test_settings_outside_their_range_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        AdamToSGD([torch.nn.Parameter(torch.ones(1))], **wrong)
