"""Heads made from a trained layer: tau-normalised and learnable weight scaling."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from steelyard.kit.heads import LearnableWeightScaling, TauNormalised, tau_normalised

REFERENCE = Path(__file__).parents[5] / "shared" / "reference" / "expected.json"
HERE = REFERENCE.is_file()


def trained(bias=True, seed=0):
    """A layer of 3 classes whose rows have the lengths 5, 1 and 0.25."""
    linear = nn.Linear(2, 3, bias=bias)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[3.0, 4.0], [0.6, -0.8], [0.0, 0.25]]))
        if bias:
            linear.bias.copy_(torch.tensor([1.0, -1.0, 0.5]))
    return linear


@pytest.mark.skipif(not HERE, reason=f"no reference numbers in {REFERENCE}")
@pytest.mark.parametrize("tau", [0.5, 1.5])
def test_tau_normalisation_agrees_with_the_official_code(tau):
    # The entries do not state their weights; these, found by search, are they to 1e-7.
    weight = np.random.default_rng(7).normal(size=(10, 64)) * np.linspace(2, 0.3, 10)[:, None]
    ours = tau_normalised(torch.from_numpy(weight).float(), tau).double()
    official = json.loads(REFERENCE.read_text("utf-8"))["other"][f"tau_norm|tau={tau}"]
    assert ours.norm().item() == pytest.approx(official["l2"], rel=2e-5)
    assert ours.sum().item() == pytest.approx(official["sum"], rel=2e-5)


def test_tau_normalised_by_hand():
    weight = trained().weight.detach()
    torch.testing.assert_close(tau_normalised(weight, 0.0), weight)
    unit = torch.tensor([[0.6, 0.8], [0.6, -0.8], [0.0, 1.0]])
    torch.testing.assert_close(tau_normalised(weight, 1.0), unit)
    lengths = tau_normalised(weight, 0.5).norm(dim=1)
    torch.testing.assert_close(lengths, torch.tensor([5**0.5, 1.0, 0.5]))


@given(st.floats(-1, 3), st.integers(0, 1000))
def test_lengths_go_to_the_power_of_one_less_tau_and_directions_stay(tau, seed):
    weight = torch.randn(4, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    after = tau_normalised(weight, tau)
    torch.testing.assert_close(after.norm(dim=1), weight.norm(dim=1) ** (1 - tau))
    cosines = torch.cosine_similarity(after, weight, dim=1)
    torch.testing.assert_close(cosines, torch.ones_like(cosines))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_a_row_of_zeros_and_squares_beyond_half_precision_do_no_harm(dtype):
    weight = torch.tensor([[0.0, 0.0], [300.0, 400.0], [3e-4, 4e-4]], dtype=dtype)
    after = tau_normalised(weight, 1.0)
    assert after.dtype == dtype
    want = torch.tensor([[0.0, 0.0], [0.6, 0.8], [0.6, 0.8]])
    torch.testing.assert_close(after.float(), want, atol=5e-3, rtol=0)


def test_tau_normalised_head_drops_the_bias_and_leaves_the_layer_alone():
    linear = trained()
    before = copy.deepcopy(linear.state_dict())
    head = TauNormalised(linear, 1.0)
    logits = head(torch.tensor([[10.0, 5.0]]))
    torch.testing.assert_close(logits, torch.tensor([[10.0, 2.0, 5.0]]))
    assert list(head.state_dict()) == ["weight"]
    assert not any(p.requires_grad for p in head.parameters())
    assert linear.weight.requires_grad
    for name, value in linear.state_dict().items():
        torch.testing.assert_close(value, before[name])
    plain = nn.Linear(2, 3, bias=False)
    plain.load_state_dict(head.state_dict())
    torch.testing.assert_close(plain(torch.ones(1, 2)), head(torch.ones(1, 2)))


@pytest.mark.parametrize("bias", [True, False])
def test_weight_scaling_starts_as_the_layer_and_learns_the_scales_alone(bias):
    linear = trained(bias)
    head = LearnableWeightScaling(linear)
    x = torch.randn(5, 2, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(head(x), linear(x))
    assert [name for name, _ in head.named_parameters()] == ["scales"]
    frozen = head.weight.clone()
    optimiser = torch.optim.SGD(head.parameters(), lr=0.1, weight_decay=0.1)
    nn.functional.cross_entropy(head(x), torch.tensor([0, 1, 2, 1, 2])).backward()
    optimiser.step()
    assert (head.scales != 1).all()
    torch.testing.assert_close(head.weight, frozen, rtol=0, atol=0)
    assert linear.weight.grad is None


@pytest.mark.parametrize("bias", [True, False])
def test_weight_scaling_by_hand_and_merged(bias):
    head = LearnableWeightScaling(trained(bias)).double()
    with torch.no_grad():
        head.scales.copy_(torch.tensor([0.5, 2.0, 4.0]))
    x = torch.tensor([[1.0, 1.0]], dtype=torch.float64)
    shift = torch.tensor([[0.5, -2.0, 2.0]]) if bias else torch.zeros(1, 3)
    want = torch.tensor([[3.5, -0.4, 1.0]]) + shift
    torch.testing.assert_close(head(x), want.double(), rtol=1e-6, atol=1e-6)
    merged = head.merged()
    assert type(merged) is nn.Linear
    assert (merged.bias is None) is (not bias)
    assert merged.weight.dtype == torch.float64
    torch.testing.assert_close(merged(x), head(x))


def test_weight_scaling_has_the_gradient_of_its_scales_and_features():
    head = LearnableWeightScaling(trained()).double()
    x = torch.randn(3, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)

    def logits(scales, features):
        return torch.func.functional_call(head, {"scales": scales}, features)

    scales = torch.tensor([0.5, 2.0, 4.0], dtype=torch.float64)
    assert torch.autograd.gradcheck(logits, (scales.requires_grad_(), x.requires_grad_()))


def test_weight_scaling_is_saved_whole():
    head = LearnableWeightScaling(trained())
    with torch.no_grad():
        head.scales.mul_(3)
    other = LearnableWeightScaling(nn.Linear(2, 3))
    other.load_state_dict(head.state_dict())
    torch.testing.assert_close(other(torch.ones(1, 2)), head(torch.ones(1, 2)))


@pytest.mark.parametrize("made_of", [TauNormalised, LearnableWeightScaling])
def test_only_a_linear_layer_is_taken(made_of):
    with pytest.raises(ValueError, match=r"nn\.Linear, got Conv2d"):
        made_of(nn.Conv2d(1, 1, 1))


@pytest.mark.parametrize(("shape", "tau"), [((3,), 1.0), ((2, 3, 1), 1.0), ((2, 3), float("nan"))])
def test_no_weight_or_no_tau_is_refused(shape, tau):
    with pytest.raises(ValueError, match="weight must be"):
        tau_normalised(torch.ones(shape), tau)
