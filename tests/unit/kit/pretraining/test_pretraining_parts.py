"""Rotations, NT-Xent and the worth of features: by hand, against naive loops, by properties."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from steelyard.kit.pretraining import (
    ProjectionHead,
    RotationHead,
    features_worth,
    network_features,
    nt_xent,
    pretrain_contrastive,
    pretrain_rotation,
    rotated,
    rotation_loss,
)


class Tiny(nn.Module):
    """A convolution, batch norm, dropout and the mean of each channel."""

    def __init__(self, n_features=6):
        super().__init__()
        self.n_features = n_features
        self.layers = nn.Sequential(
            nn.Conv2d(1, n_features, 3), nn.BatchNorm2d(n_features), nn.ReLU(), nn.Dropout(0.2)
        )

    def features(self, x):
        return self.layers(x).mean((2, 3))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def noisy(images, draws):
    return images + 0.1 * torch.randn(images.shape, generator=draws)


def start(seed=0):
    torch.manual_seed(seed)
    return Tiny(), torch.randn(30, 1, 6, 6, generator=generator(1))


# ---- rotations


def test_rotations_are_those_of_numpy_and_come_back_after_four():
    images = torch.arange(2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
    turned, label = rotated(images)
    assert turned.shape == (8, 3, 4, 4)
    assert label.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    for row, quarter in enumerate(label.tolist()):
        expected = np.rot90(images[row % 2].numpy(), quarter, axes=(1, 2))
        np.testing.assert_array_equal(turned[row].numpy(), expected)
    again, _ = rotated(turned[6:])
    assert torch.equal(again[2:4], images)  # three quarters and one


def test_rotation_loss_of_a_network_that_sees_nothing_is_log_4():
    network, images = start()
    head = RotationHead(network.n_features)
    nn.init.zeros_(head[-1].weight)
    nn.init.zeros_(head[-1].bias)
    assert rotation_loss(network, head, images).item() == pytest.approx(math.log(4))


# ---- NT-Xent


def naive_nt_xent(z1, z2, temperature):
    """Equation 1 of the paper, one pair after the other."""
    z, n = np.concatenate([z1, z2]), len(z1)

    def similarity(i, j):
        return z[i] @ z[j] / np.linalg.norm(z[i]) / np.linalg.norm(z[j]) / temperature

    total = 0.0
    for i in range(2 * n):
        partner = (i + n) % (2 * n)
        others = sum(math.exp(similarity(i, k)) for k in range(2 * n) if k != i)
        total -= math.log(math.exp(similarity(i, partner)) / others)
    return total / (2 * n)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("n", [2, 7])
def test_nt_xent_is_the_papers_double_loop(n, temperature):
    z1, z2 = torch.randn(2, n, 5, generator=generator(n), dtype=torch.float64)
    expected = naive_nt_xent(z1.numpy(), z2.numpy(), temperature)
    assert nt_xent(z1, z2, temperature).item() == pytest.approx(expected, rel=1e-12)


def test_nt_xent_by_hand():
    # Both views alike, the other image opposite: log((e^2 + 2 e^-2) / e^2) at temperature 1/2.
    z = torch.tensor([[3.0, 0.0], [-1.0, 0.0]])
    expected = math.log(1 + 2 * math.exp(-4))
    assert nt_xent(z, z, 0.5).item() == pytest.approx(expected, rel=1e-5)
    # Everything alike is guessing among the 2N - 1 others.
    same = torch.ones(4, 3)
    assert nt_xent(same, same).item() == pytest.approx(math.log(7))


def test_nt_xent_gradients_are_those_of_finite_differences():
    z1, z2 = torch.randn(2, 4, 3, generator=generator(), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a, b: nt_xent(a, b, 0.3), (z1, z2))


def test_nt_xent_does_not_see_lengths_order_or_which_view_is_first():
    z1, z2 = torch.randn(2, 6, 4, generator=generator(2), dtype=torch.float64)
    loss, order = nt_xent(z1, z2), torch.randperm(6, generator=generator(3))
    lengths = torch.rand(6, 1, generator=generator(4), dtype=torch.float64) + 0.1
    for same in (nt_xent(z2, z1), nt_xent(z1[order], z2[order]), nt_xent(z1 * lengths, z2)):
        torch.testing.assert_close(same, loss)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_nt_xent_of_half_precision_is_that_of_the_same_numbers_in_full(dtype):
    z1, z2 = (100 * torch.randn(2, 8, 16, generator=generator())).to(dtype)
    full = nt_xent(z1.float(), z2.float(), 0.05)
    with torch.autocast("cpu", torch.bfloat16):
        half = nt_xent(z1, z2, 0.05)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, full)
    zeros = torch.zeros(3, 4, requires_grad=True)  # a dead projection has no direction
    nt_xent(zeros, zeros, 0.05).backward()
    assert zeros.grad.isfinite().all()


# ---- the loops


@pytest.mark.parametrize("method", ["rotation", "contrastive"])
def test_same_generator_same_network_and_nothing_else_is_touched(method):
    def run(seed):
        network, images = start()
        network.eval()
        before = images.clone()
        torch.manual_seed(99)
        expected_next = torch.rand(1)
        torch.manual_seed(99)
        settings = {"generator": generator(seed), "epochs": 2, "batch_size": 8}
        if method == "rotation":
            history = pretrain_rotation(network, images, **settings)
        else:
            history = pretrain_contrastive(network, images, noisy, **settings)
        assert torch.equal(torch.rand(1), expected_next)  # the global random numbers went on
        assert torch.equal(images, before)
        assert not network.training
        assert len(history) == 2
        return history, network_features(network, images)

    first, again, other = run(0), run(0), run(1)
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])
    assert np.abs(first[1] - other[1]).max() > 1e-3


@pytest.mark.parametrize("n", [2, 3, 9, 17])
def test_no_batch_is_left_with_one_image(n):
    network, images = start()
    sizes = []

    def views(batch, draws):
        sizes.append(len(batch))
        return noisy(batch, draws)

    pretrain_contrastive(network, images[:n], views, generator=generator(), epochs=1, batch_size=4)
    assert sum(sizes) == 2 * n
    assert min(sizes) >= 2


def test_network_features_are_those_of_evaluation_however_batched():
    network, images = start()
    network.train()
    ours = network_features(network, images, batch_size=7)
    assert network.training
    network.eval()
    with torch.no_grad():
        np.testing.assert_allclose(ours, network.features(images).numpy(), rtol=1e-5, atol=1e-6)
    assert ProjectionHead(6, n_out=3)(torch.zeros(2, 6)).shape == (2, 3)


# ---- the worth of features


@pytest.mark.parametrize("by", ["logistic", "neighbours"])
def test_worth_is_one_for_told_apart_and_chance_for_noise_whatever_the_imbalance(by):
    rng = np.random.default_rng(0)
    y, truth = np.repeat([0, 1, 2], [200, 20, 6]), np.repeat([0, 1, 2], [300, 100, 50])
    centres = np.eye(3)[:, [0, 1]] * 40 + 7
    X, new = (centres[t] + rng.normal(size=(t.size, 2)) for t in (y, truth))
    assert features_worth(X, y, new, truth, by=by) == 1.0
    chance = [
        features_worth(rng.normal(size=X.shape), y, rng.normal(size=new.shape), truth, by=by)
        for _ in range(10)
    ]
    assert np.mean(chance) == pytest.approx(1 / 3, abs=0.03)


def test_rare_classes_weigh_as_much_in_both_judges():
    # Two of the five rows at 1 are of class 1: all that it has, and next to nothing of class 0.
    X, y = np.repeat([[0.0], [1.0], [1.0]], [90, 3, 2], axis=0), np.repeat([0, 0, 1], [90, 3, 2])
    for by in ("logistic", "neighbours"):
        assert features_worth(X, y, [[0.0], [1.0]], [0, 1], by=by) == 1.0


# ---- refusals


def test_what_is_refused():
    network, images = start()
    with pytest.raises(ValueError, match=r"square.*\(2, 1, 4, 6\)"):
        rotated(torch.zeros(2, 1, 4, 6))
    with pytest.raises(ValueError, match=r"z1 and z2 .* \(1, 3\)"):
        nt_xent(torch.ones(1, 3), torch.ones(1, 3))
    with pytest.raises(ValueError, match=r"temperature=0"):
        nt_xent(torch.ones(2, 3), torch.ones(2, 3), temperature=0)
    with pytest.raises(ValueError, match="z1 must be floating point"):
        nt_xent(torch.ones(2, 3).long(), torch.ones(2, 3).long())
    with pytest.raises(ValueError, match="images must be floats"):
        pretrain_rotation(network, images.byte(), generator=generator())
    with pytest.raises(ValueError, match="batch_size at least 2, got 5, 1"):
        pretrain_rotation(network, images, generator=generator(), epochs=5, batch_size=1)
    with pytest.raises(ValueError, match=r"test_features \(2, 3\)"):
        features_worth([[0, 0], [1, 1]], [0, 1], np.ones((2, 3)), [0, 1])
    with pytest.raises(ValueError, match="train_features must be"):
        features_worth([[0, np.nan], [1, 1]], [0, 1], [[0, 0]], [0])
    with pytest.raises(ValueError, match="'tree'"):
        features_worth([[0], [1]], [0, 1], [[0]], [0], by="tree")
