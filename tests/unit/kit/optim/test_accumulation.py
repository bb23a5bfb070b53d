"""Micro-batches of any sizes give the gradient of the big batch."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy

from steelyard.kit.optim import Accumulation


def gradient(module, losses):
    module.zero_grad()
    for loss in losses:
        loss.backward()
    return torch.cat([p.grad.flatten() for p in module.parameters()])


def data(n, seed):
    torch.manual_seed(seed)
    module = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3))
    return module, torch.randn(n, 5), torch.randint(0, 3, (n,))


@settings(max_examples=40)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 5))
def test_parts_of_any_sizes_give_the_gradient_of_the_whole(sizes, seed):
    n = sum(sizes)
    module, x, y = data(n, seed)
    accumulation = Accumulation(n)
    parts = zip(x.split(sizes), y.split(sizes), strict=True)
    ours = gradient(
        module, (accumulation.part(cross_entropy(module(a), b), len(a)) for a, b in parts)
    )
    whole = gradient(module, [cross_entropy(module(x), y)])
    assert float((ours - whole).abs().max()) < 1e-6
    assert accumulation.complete


@settings(max_examples=40)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=6), st.integers(0, 5))
def test_with_class_weights_the_shares_are_the_weights(sizes, seed):
    module, x, y = data(sum(sizes), seed)
    weight = torch.tensor([0.1, 1.0, 7.3])
    accumulation = Accumulation(float(weight[y].sum()))
    parts = zip(x.split(sizes), y.split(sizes), strict=True)
    ours = gradient(
        module,
        (
            accumulation.part(cross_entropy(module(a), b, weight), float(weight[b].sum()))
            for a, b in parts
        ),
    )
    whole = gradient(module, [cross_entropy(module(x), y, weight)])
    assert float((ours - whole).abs().max()) < 1e-6
    assert accumulation.complete


def test_the_mean_of_means_is_something_else():
    module, x, y = data(5, 0)
    parts = [(x[:4], y[:4]), (x[4:], y[4:])]
    naive = gradient(module, (cross_entropy(module(a), b) / 2 for a, b in parts))
    whole = gradient(module, [cross_entropy(module(x), y)])
    assert float((naive - whole).abs().max()) > 1e-2


def test_training_by_parts_is_training_by_batches():
    whole, x, y = data(12, 0)
    parted, *_ = data(12, 0)
    optimizers = [torch.optim.SGD(m.parameters(), 0.1, momentum=0.9) for m in (whole, parted)]
    accumulation = Accumulation(12)
    n_steps = 0
    for _ in range(20):
        optimizers[0].zero_grad()
        cross_entropy(whole(x), y).backward()
        nn.utils.clip_grad_norm_(whole.parameters(), 0.1)
        optimizers[0].step()
        for a, b in zip(x.split(5), y.split(5), strict=True):
            accumulation.part(cross_entropy(parted(a), b), len(a)).backward()
            if accumulation.complete:
                nn.utils.clip_grad_norm_(parted.parameters(), 0.1)
                optimizers[1].step()
                optimizers[1].zero_grad()
                n_steps += 1
    assert n_steps == 20
    for one, other in zip(whole.parameters(), parted.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_too_many_rows_are_refused_and_not_counted():
    accumulation = Accumulation(10)
    loss = torch.tensor(1.0)
    accumulation.part(loss, 8)
    with pytest.raises(ValueError, match="a part of 3 after 8"):
        accumulation.part(loss, 3)
    assert float(accumulation.part(loss, 2)) == pytest.approx(0.2)
    assert accumulation.complete
    with pytest.raises(ValueError, match="does not fit"):
        accumulation.part(loss, 11)
    with pytest.raises(ValueError, match="n must be above 0"):
        Accumulation(0)
