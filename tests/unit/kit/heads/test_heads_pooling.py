"""Pooling: by hand, against loops over the bins as the paper words them, and any size of map."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from steelyard.kit.heads import GlobalAveragePooling, SpatialPyramidPooling


def maps(n, c, h, w, seed=0):
    return torch.randn(n, c, h, w, generator=torch.Generator().manual_seed(seed))


def bins(size, level):
    """From and to of each bin, He et al., appendix, with its i from 1."""
    return [
        (math.floor((i - 1) / level * size), math.ceil(i / level * size))
        for i in range(1, level + 1)
    ]


def by_loops(x, levels, reduce):
    found = []
    for level in levels:
        for channel in range(x.shape[1]):
            for top, bottom in bins(x.shape[2], level):
                for left, right in bins(x.shape[3], level):
                    found.append(reduce(x[:, channel, top:bottom, left:right], (1, 2)))
    return torch.stack(found, dim=1)


@given(st.integers(1, 13), st.integers(1, 13), st.sampled_from([(1,), (1, 2, 4), (3, 2), (6, 1)]))
def test_a_pyramid_is_its_bins_one_by_one(height, width, levels):
    x = maps(2, 3, height, width)
    want = by_loops(x, levels, torch.amax)
    torch.testing.assert_close(SpatialPyramidPooling(levels)(x), want)
    want = by_loops(x, levels, torch.mean)
    torch.testing.assert_close(SpatialPyramidPooling(levels, pool="average")(x), want)


@pytest.mark.parametrize("side", [1, 3, 7, 32])
def test_the_head_reads_the_same_length_whatever_the_size(side):
    pyramid = SpatialPyramidPooling((1, 2, 4))
    features = pyramid(maps(2, 5, side, side + 1))
    assert features.shape == (2, pyramid.n_features(5)) == (2, 5 * 21)
    assert GlobalAveragePooling()(maps(2, 5, side, side + 1)).shape == (2, 5)


def test_one_level_of_one_bin_is_global_pooling():
    x = maps(3, 4, 5, 6)
    torch.testing.assert_close(SpatialPyramidPooling((1,), pool="average")(x), x.mean((2, 3)))
    torch.testing.assert_close(GlobalAveragePooling()(x), x.mean((2, 3)))
    torch.testing.assert_close(SpatialPyramidPooling((1,))(x), x.amax((2, 3)))


def test_average_pooling_sees_no_order_where_a_pyramid_does():
    x = maps(1, 2, 4, 4)
    flipped = x.flip(3)
    torch.testing.assert_close(GlobalAveragePooling()(x), GlobalAveragePooling()(flipped))
    assert not torch.equal(SpatialPyramidPooling()(x), SpatialPyramidPooling()(flipped))


@pytest.mark.parametrize(
    "pooling", [GlobalAveragePooling(), SpatialPyramidPooling((1, 3)),
                SpatialPyramidPooling((1, 3), pool="average")],
    ids=["global", "max", "average"],
)  # fmt: skip
def test_gradients_of_pooling(pooling):
    x = maps(2, 2, 5, 4).double().requires_grad_()
    assert torch.autograd.gradcheck(pooling, (x,))


@pytest.mark.parametrize("pooling", [GlobalAveragePooling(), SpatialPyramidPooling()])
@pytest.mark.parametrize("shape", [(2, 3), (3, 4, 4), (2, 3, 0, 4)])
def test_what_is_no_map_is_refused(pooling, shape):
    with pytest.raises(ValueError, match="maps must be"):
        pooling(torch.zeros(shape))


@pytest.mark.parametrize("levels", [(), (0, 1), (1, 2.5)])
def test_levels_that_are_none_are_refused(levels):
    with pytest.raises(ValueError, match="levels must be"):
        SpatialPyramidPooling(levels)


def test_another_pooling_is_refused():
    with pytest.raises(ValueError, match="'max' or 'average', got 'mean'"):
        SpatialPyramidPooling(pool="mean")
