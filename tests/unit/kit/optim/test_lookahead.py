"""Lookahead against its algorithm, against the paper's variance, and with what wraps it."""

import copy
import pickle

import numpy as np
import pytest
import torch

from steelyard.kit.optim import Lookahead


def run(optimizer, w, n, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n):
        optimizer.zero_grad()
        w.grad = w.detach() + torch.randn(w.shape, generator=generator)
        optimizer.step()


def test_it_goes_forward_k_steps_and_back():
    # SGD on w^2 / 2 with rate 1/2 halves w: 8, 4, 2 | back to 8 + .25 (1 - 8) = 6.25, and again.
    w = torch.nn.Parameter(torch.tensor([8.0]))
    optimizer = Lookahead(torch.optim.SGD([w], lr=0.5), k=3, alpha=0.25)
    seen = []
    for _ in range(6):
        w.grad = w.detach().clone()
        optimizer.step()
        seen.append(w.item())
    assert seen == [4.0, 2.0, 6.25, 3.125, 1.5625, 6.25 * (1 - 0.25 * 7 / 8)]


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.RMSprop])
def test_alpha_1_is_the_wrapped_optimiser(kind):
    own, wrapped = (torch.nn.Parameter(torch.linspace(-1, 1, 5)) for _ in range(2))
    run(kind([own], lr=0.1), own, 17)
    run(Lookahead(kind([wrapped], lr=0.1), k=4, alpha=1.0), wrapped, 17)
    assert torch.equal(own, wrapped)


@pytest.mark.parametrize(("k", "alpha"), [(5, 0.5), (10, 0.8)])
def test_its_variance_is_the_papers_and_below_that_of_sgd(k, alpha):
    """Proposition 2: the steady state on the noisy quadratic model, curvature 1, noise 1."""
    lr, shrink = 0.3, (1 - 0.3) ** k
    sgd_variance = lr**2 / (1 - (1 - lr) ** 2)
    ratio = (
        alpha**2
        * (1 - shrink**2)
        / (alpha**2 * (1 - shrink**2) + 2 * alpha * (1 - alpha) * (1 - shrink))
    )
    slow, fast = (torch.nn.Parameter(torch.zeros(40_000)) for _ in range(2))
    run(torch.optim.SGD([fast], lr=lr), fast, 20 * k)
    run(Lookahead(torch.optim.SGD([slow], lr=lr), k, alpha), slow, 20 * k)
    assert fast.var().item() == pytest.approx(sgd_variance, rel=0.03)
    assert slow.var().item() == pytest.approx(ratio * sgd_variance, rel=0.03)
    assert ratio < 0.9


def test_schedulers_take_it_and_what_they_set_steps():
    w = torch.nn.Parameter(torch.tensor([1.0]))
    inner = torch.optim.SGD([w], lr=1.0)
    optimizer = Lookahead(inner, k=100)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    for expected in (0.0, -0.5, -0.75):
        w.grad = torch.tensor([1.0])
        optimizer.step()
        schedule.step()
        assert w.item() == expected
    # also after the wrapped optimiser was loaded behind its back
    inner.load_state_dict(copy.deepcopy(inner.state_dict()))
    schedule.step()
    assert inner.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"] == 0.0625


def test_weights_loaded_between_two_rounds_are_not_undone():
    w = torch.nn.Parameter(torch.tensor([0.0]))
    optimizer = Lookahead(torch.optim.SGD([w], lr=1.0), k=1, alpha=0.5)
    for start in (100.0, -50.0):
        with torch.no_grad():
            w.fill_(start)
        w.grad = torch.tensor([2.0])
        optimizer.step()
        assert w.item() == start - 1.0


def test_slow_weights_are_there_to_evaluate_and_gone_after():
    w = torch.nn.Parameter(torch.tensor([8.0]))
    optimizer = Lookahead(torch.optim.SGD([w], lr=0.5), k=3)
    w.grad = torch.tensor([8.0])
    optimizer.step()
    with optimizer.slow_weights():
        assert w.item() == 8.0
    assert w.item() == 4.0


def test_groups_added_later_take_part():
    a, b = (torch.nn.Parameter(torch.tensor([0.0])) for _ in range(2))
    optimizer = Lookahead(torch.optim.SGD([a], lr=1.0), k=2, alpha=0.5)
    a.grad = torch.tensor([-1.0])
    optimizer.step()
    optimizer.add_param_group({"params": [b], "lr": 10.0})
    b.grad = torch.tensor([-1.0])
    optimizer.step()
    assert (a.item(), b.item()) == (1.0, 5.0)


def test_a_checkpoint_of_the_wrapped_optimiser_and_one_of_lookahead_fit_both():
    w = torch.nn.Parameter(torch.ones(3))
    inner = torch.optim.Adam([w], lr=0.1)
    optimizer = Lookahead(inner, k=5)
    run(optimizer, w, 3)
    saved = copy.deepcopy(optimizer.state_dict())
    torch.optim.Adam([w], lr=0.5).load_state_dict(saved)
    optimizer.load_state_dict(copy.deepcopy(inner.state_dict()))
    assert optimizer.n_fast == 0
    assert not optimizer.slow


def test_it_can_be_pickled_with_its_parameters():
    w = torch.nn.Parameter(torch.ones(3))
    optimizer = Lookahead(torch.optim.Adam([w], lr=0.1), k=4)
    run(optimizer, w, 6)
    w_again, again = pickle.loads(pickle.dumps((w, optimizer)))  # noqa: S301 - its own bytes
    assert again.param_groups[0]["params"][0] is w_again
    for param, one in ((w, optimizer), (w_again, again)):
        run(one, param, 7, seed=1)
    assert torch.equal(w, w_again)


@pytest.mark.parametrize("wrong", [{"k": 0}, {"alpha": 0.0}, {"alpha": 1.5}])
def test_settings_outside_their_range_are_refused(wrong):
    with pytest.raises(ValueError, match="k must be"):
        Lookahead(torch.optim.SGD([torch.nn.Parameter(torch.ones(1))]), **wrong)


def test_the_loss_of_a_closure_comes_back():
    w = torch.nn.Parameter(torch.tensor([2.0]))
    optimizer = Lookahead(torch.optim.SGD([w], lr=0.5))

    def closure():
        optimizer.zero_grad()
        loss = (w**2).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 4.0
    assert np.isclose(w.item(), 0.0)
