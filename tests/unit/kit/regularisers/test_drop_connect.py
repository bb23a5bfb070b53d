"""DropConnect: the plain layer on average, its masks by hand, seeds and gradients."""

import pytest
import torch
from torch import nn

from steelyard.kit.regularisers import DropConnect, Dropout, SpatialDropout
from steelyard.kit.regularisers.keep_mask import keep_mask


def layer(**settings):
    torch.manual_seed(0)
    return DropConnect(4, 3, **settings).double()


X = torch.randn(2, 4, generator=torch.Generator().manual_seed(1)).double()


def test_dropout_and_spatial_dropout_are_torchs():
    assert Dropout is nn.Dropout
    assert SpatialDropout is nn.Dropout2d


@pytest.mark.parametrize("per_row", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_evaluation_is_the_plain_layer(per_row, bias):
    drop = layer(per_row=per_row, bias=bias).eval()
    plain = nn.Linear(4, 3, bias=bias).double()
    plain.load_state_dict(drop.state_dict())
    torch.testing.assert_close(drop(X), plain(X), rtol=0, atol=0)


@pytest.mark.parametrize("per_row", [True, False])
@pytest.mark.parametrize("p", [0.2, 0.5, 0.8])
def test_training_is_the_plain_layer_on_average_with_the_papers_variance(per_row, p):
    drop = layer(p=p, per_row=per_row, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        draws = torch.stack([drop(X) for _ in range(4000)])
        mean = nn.functional.linear(X, drop.weight, drop.bias)
        # p (1 - p) (W * W)(v * v) of section 3.2, over (1 - p)^2, the bias being a weight of 1
        square = nn.functional.linear(X**2, drop.weight**2, drop.bias**2)
    variance = p / (1 - p) * square
    error = (draws.mean(dim=0) - mean) / (variance / 4000).sqrt()
    assert error.abs().max() < 4.5
    torch.testing.assert_close(draws.var(dim=0), variance, rtol=0.15, atol=0)


def test_every_row_has_a_mask_of_its_own_unless_shared():
    same = X[:1].repeat(64, 1)
    assert len(layer(per_row=True)(same).unique(dim=0)) > 32
    assert len(layer(per_row=False)(same).unique(dim=0)) == 1


@pytest.mark.parametrize("per_row", [True, False])
def test_the_output_is_that_of_the_masked_weights(per_row):
    drop = layer(p=0.5, per_row=per_row, generator=torch.Generator().manual_seed(3))
    out, again = drop(X), torch.Generator().manual_seed(3)
    rows = (2,) if per_row else ()
    weight = drop.weight * keep_mask((*rows, 3, 4), 0.5, X, again)
    bias = drop.bias * keep_mask((*rows, 3), 0.5, X, again)
    want = [
        (weight[n] if per_row else weight) @ X[n] + (bias[n] if per_row else bias) for n in (0, 1)
    ]
    torch.testing.assert_close(out, torch.stack(want))


def test_leading_axes_are_rows_as_in_linear():
    drop = layer()
    assert drop(X.reshape(2, 1, 4)).shape == (2, 1, 3)
    assert drop(X[0]).shape == (3,)
    assert drop(X[:0]).shape == (0, 3)


def test_seeds_give_the_same_again():
    drop = layer()
    torch.manual_seed(5)
    first, second = drop(X), drop(X)
    torch.manual_seed(5)
    torch.testing.assert_close(drop(X), first, rtol=0, atol=0)
    assert not torch.equal(first, second)


@pytest.mark.parametrize("per_row", [True, False])
def test_dropped_weights_get_no_gradient_and_kept_ones_do(per_row):
    drop = layer(p=0.5, per_row=per_row, generator=torch.Generator().manual_seed(3))
    drop(X[:1]).sum().backward()
    rows = (1,) if per_row else ()
    mask = keep_mask((*rows, 3, 4), 0.5, X, torch.Generator().manual_seed(3)).reshape(3, 4)
    assert 0 < (mask == 0).sum() < 12
    torch.testing.assert_close(drop.weight.grad, mask * X[0])


@pytest.mark.parametrize("p", [0.0, 1.0])
@pytest.mark.parametrize("per_row", [True, False])
def test_the_ends_are_all_and_nothing(p, per_row):
    drop = layer(p=p, per_row=per_row)
    want = nn.functional.linear(X, drop.weight, drop.bias) * (1 - p)
    torch.testing.assert_close(drop(X), want)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_p_outside_its_range_is_refused(p):
    with pytest.raises(ValueError, match="p must be a probability"):
        DropConnect(4, 3, p=p)
