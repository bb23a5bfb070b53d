"""The linear head's start and the cosine head, by hand and by what must not matter."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from steelyard.kit.heads import CosineHead, LinearHead
from steelyard.kit.heads.unit_rows import unit_rows
from steelyard.kit.losses import ldam


def test_a_head_that_knows_nothing_predicts_the_frequencies():
    head = LinearHead(4, 3, counts=[80, 15, 5])
    proba = head(torch.zeros(2, 4)).softmax(dim=1)
    torch.testing.assert_close(proba, torch.tensor([[0.80, 0.15, 0.05]] * 2))
    loss = F.cross_entropy(head(torch.zeros(3, 4)), torch.tensor([0, 1, 2]))
    assert loss.item() == pytest.approx(-np.mean(np.log([0.80, 0.15, 0.05])), rel=1e-6)


def test_a_class_without_rows_counts_as_half_a_row():
    bias = LinearHead(4, 3, counts=[3, 0, 1]).bias.detach()
    torch.testing.assert_close(bias.exp(), torch.tensor([3.0, 0.5, 1.0]) / 4.5)


def test_without_counts_it_is_torchs_layer():
    torch.manual_seed(0)
    ours = LinearHead(4, 3)
    torch.manual_seed(0)
    torchs = nn.Linear(4, 3)
    torch.testing.assert_close(ours.state_dict(), torchs.state_dict(), rtol=0, atol=0)


@pytest.mark.parametrize("counts", [[1, 2], [1, -2, 3], [1, float("nan"), 2], [[1, 2, 3]]])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(ValueError, match="rows of each of the 3 classes"):
        LinearHead(4, 3, counts=counts)


def test_cosines_by_hand():
    head = CosineHead(2, 3, scale=5.0)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[2.0, 0.0], [0.0, 0.1], [-7.0, -7.0]]))
    want = 5 * torch.tensor([[0.6, 0.8, -1.4 / 2**0.5]])
    torch.testing.assert_close(head(torch.tensor([[30.0, 40.0]])), want)


@given(st.integers(0, 1000), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_lengths_of_features_and_weights_do_not_matter(seed, longer, heavier):
    torch.manual_seed(seed)
    head = CosineHead(6, 4).double()
    x = torch.randn(3, 6, dtype=torch.float64)
    before = head(x)
    assert before.abs().max() <= 10 + 1e-9
    with torch.no_grad():
        head.weight[1] *= heavier
    torch.testing.assert_close(head(longer * x), before)


def test_scale_is_learnt_or_fixed():
    learnt, fixed = CosineHead(6, 4), CosineHead(6, 4, scale=16.0, learn_scale=False)
    assert sorted(dict(learnt.named_parameters())) == ["scale", "weight"]
    assert sorted(dict(fixed.named_parameters())) == ["weight"]
    assert fixed.state_dict()["scale"].item() == 16
    assert "learn_scale=False" in repr(fixed)
    learnt(torch.randn(5, 6)).pow(2).sum().backward()
    assert learnt.scale.grad.item() > 0


def test_it_starts_with_directions_of_length_one_in_all_quarters():
    torch.manual_seed(0)
    weight = CosineHead(3, 4000).weight.detach()
    torch.testing.assert_close(weight.norm(dim=1), torch.ones(4000))
    torch.testing.assert_close(weight.T @ weight / 4000, torch.eye(3) / 3, atol=0.03, rtol=0)


def test_gradients_of_features_weights_and_scale():
    torch.manual_seed(0)
    head = CosineHead(3, 4).double()

    def logits(weight, scale, features):
        return torch.func.functional_call(head, {"weight": weight, "scale": scale}, features)

    given_ = (*(p.detach().clone() for p in head.parameters()), torch.randn(2, 3).double())
    assert torch.autograd.gradcheck(logits, tuple(t.requires_grad_() for t in given_))


def test_features_of_zeros_give_zeros_and_a_gradient_like_the_others():
    torch.manual_seed(0)
    head = CosineHead(4, 3)
    x = torch.stack([torch.zeros(4), torch.ones(4)]).requires_grad_()
    logits = head(x)
    torch.testing.assert_close(logits[0], torch.zeros(3))
    F.cross_entropy(logits, torch.tensor([0, 0])).backward()
    assert x.grad.isfinite().all()
    assert x.grad[0].norm() < 10


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_tiny_and_huge_features_stay_finite(size):
    x = torch.full((1, 3), size, requires_grad=True)
    unit = unit_rows(x)
    unit.sum().backward()
    assert unit.isfinite().all()
    assert unit.abs().max() <= 1
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_gives_float32_logits_and_runs_under_autocast(dtype):
    torch.manual_seed(0)
    head = CosineHead(64, 5)
    x = 300 * torch.randn(8, 64)  # squares beyond what float16 holds
    want = head(x)
    half = CosineHead(64, 5).to(dtype)
    half.load_state_dict(head.state_dict())
    logits = half(x.to(dtype))
    torch.testing.assert_close(logits.float(), want, atol=0.15, rtol=0)
    with torch.autocast("cpu", dtype=dtype):
        torch.testing.assert_close(head(x).float(), want, atol=0.15, rtol=0)


def test_with_ldam_the_scale_is_in_the_loss():
    torch.manual_seed(0)
    target = torch.tensor([0, 1, 2, 1])
    x = torch.randn(4, 8)
    once, twice = CosineHead(8, 3, scale=1.0, learn_scale=False), CosineHead(8, 3, scale=30.0)
    twice.weight = once.weight
    without_margin = ldam(once(x), target, counts=[5, 4, 1], max_margin=0.0, scale=30.0)
    torch.testing.assert_close(without_margin, F.cross_entropy(twice(x), target))


@pytest.mark.parametrize("scale", [0.0, -1.0, math.inf, math.nan])
def test_a_scale_that_is_none_is_refused(scale):
    with pytest.raises(ValueError, match=r"scale must be .* above 0"):
        CosineHead(3, 2, scale=scale)
