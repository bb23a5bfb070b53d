"""Stochastic depth: whole rows dropped, the residual on average, and the law of survival."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from steelyard.kit.regularisers import StochasticDepth, linear_survival, stochastic_depth


def test_the_law_is_linear_from_the_input_to_the_last_block():
    assert linear_survival(0, 54) == 1
    assert linear_survival(54, 54) == 0.5
    assert linear_survival(27, 54, last=0.2) == pytest.approx(0.6)
    # The paper's expected depth of 54 blocks with p_L = 0.5: (3 L - 1) / 4, about 40
    expected = sum(linear_survival(depth, 54) for depth in range(1, 55))
    assert expected == pytest.approx((3 * 54 - 1) / 4)


@given(st.floats(0.05, 0.95), st.integers(0, 1000))
def test_rows_are_dropped_whole_or_scaled_whole(p, seed):
    residual = torch.rand(16, 2, 3) + 1
    generator = torch.Generator().manual_seed(seed)
    out = stochastic_depth(residual, p, training=True, generator=generator)
    share = (out / residual).flatten(1)
    torch.testing.assert_close(share, share[:, :1].expand_as(share))
    kept = share[:, 0] != 0
    torch.testing.assert_close(share[kept, 0], torch.full((int(kept.sum()),), 1 / (1 - p)))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_mean_in_training_is_the_value_in_evaluation(p):
    drop = StochasticDepth(p, generator=torch.Generator().manual_seed(0))
    n = 40_000
    out = drop(torch.full((n, 1), 3.0))
    assert out.mean().item() == pytest.approx(3, abs=4.5 * 3 * (p / (1 - p) / n) ** 0.5)
    assert (out == 0).double().mean().item() == pytest.approx(p, abs=0.015)
    x = torch.randn(3, 4)
    assert drop.eval()(x) is x


def test_dropped_rows_get_no_gradient_and_kept_ones_a_larger_one():
    x = torch.ones(64, 2, requires_grad=True)
    out = stochastic_depth(x, 0.5, training=True, generator=torch.Generator().manual_seed(0))
    out.sum().backward()
    torch.testing.assert_close(x.grad, out.detach())
    assert set(x.grad.unique().tolist()) == {0.0, 2.0}


def test_seeds_give_the_same_again():
    drop, x = StochasticDepth(0.5), torch.ones(64, 1)
    torch.manual_seed(5)
    first, second = drop(x), drop(x)
    torch.manual_seed(5)
    torch.testing.assert_close(drop(x), first, rtol=0, atol=0)
    assert not torch.equal(first, second)


@pytest.mark.parametrize(("p", "want"), [(0.0, 1.0), (1.0, 0.0)])
def test_the_ends_are_all_and_nothing(p, want):
    out = StochasticDepth(p)(torch.ones(8, 1))
    torch.testing.assert_close(out, torch.full((8, 1), want))


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_p_outside_its_range_is_refused(p):
    with pytest.raises(ValueError, match="p must be a probability"):
        StochasticDepth(p)
    with pytest.raises(ValueError, match="p must be a probability"):
        stochastic_depth(torch.ones(1, 1), p, training=False)


@pytest.mark.parametrize(
    ("depth", "layers", "last"), [(-1, 3, 0.5), (4, 3, 0.5), (0, 0, 0.5), (1, 3, 1.5), (1, 3, -1)]
)
def test_depths_outside_the_network_are_refused(depth, layers, last):
    with pytest.raises(ValueError, match="depth must be in"):
        linear_survival(depth, layers, last)
