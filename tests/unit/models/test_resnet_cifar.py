import json
from pathlib import Path

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, cross_entropy

from steelyard.models.cost import count_parameters
from steelyard.models.resnet_cifar import ResidualBlock, ResNetCifar


def by_hand(depth, k):
    """Parameters of option A with a bias in the head: 9 weights a pair of channels, 2 a norm."""
    n, convolution = (depth - 2) // 6, lambda a, b: 9 * a * b + 2 * b
    stages = [(16, 16), (16, 32), (32, 64)]
    first = sum(convolution(a, b) + convolution(b, b) for a, b in stages)
    others = sum(2 * (n - 1) * convolution(b, b) for _, b in stages)
    return convolution(3, 16) + first + others + 64 * k + k


@pytest.mark.parametrize(
    ("depth", "k", "published"), [(32, 100, 470_004), (32, 10, 464_154), (20, 10, 269_722)]
)
def test_the_published_parameter_counts(depth, k, published):
    assert count_parameters(ResNetCifar(k, depth)) == published == by_hand(depth, k)


def test_resnet_8_by_hand_and_its_layers_with_weights():
    network = ResNetCifar(10, depth=8)
    assert count_parameters(network) == by_hand(8, 10)
    weighted = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(weighted) == 8


@pytest.mark.parametrize(("width", "n_features"), [(1, 64), (0.5, 32), (2, 128)])
def test_shapes_at_any_width_and_side(width, n_features):
    network = ResNetCifar(7, depth=8, width=width).eval()
    for side in (32, 33, 64):
        images = torch.zeros(2, 3, side, side)
        assert network.features(images).shape == (2, network.n_features) == (2, n_features)
        assert network(images).shape == (2, 7)
    first, *blocks, head = network.parts()
    assert [type(b) for b in blocks] == [ResidualBlock] * 3
    assert (first[0], head) == (network.conv, network.head)


def test_each_stage_but_the_first_halves_the_sides():
    network, sides = ResNetCifar(3, depth=20).eval(), []
    for block in network.blocks:
        block.register_forward_hook(lambda module, args, out: sides.append(tuple(out.shape[1:])))
    network(torch.zeros(1, 3, 32, 32))
    assert sides == [(16, 32, 32)] * 3 + [(32, 16, 16)] * 3 + [(64, 8, 8)] * 3


def test_the_shortcut_takes_every_second_pixel_and_adds_zero_channels():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    out = ResidualBlock(1, 3, stride=2).shortcut(x)
    assert out.tolist() == [[[[0, 0], [0, 0]], [[0, 2], [8, 10]], [[0, 0], [0, 0]]]]
    assert torch.equal(ResidualBlock(1, 1, stride=1).shortcut(x), x)


def test_a_block_that_has_learnt_nothing_passes_its_shortcut_on():
    block, x = ResidualBlock(2, 4, stride=2), torch.rand(3, 2, 6, 6)
    torch.nn.init.zeros_(block.bn2.weight)
    assert torch.equal(block(x), block.shortcut(x))


def test_a_block_is_the_formula():
    torch.manual_seed(0)
    block, x = ResidualBlock(2, 3, stride=2), torch.randn(4, 2, 5, 5)
    y = conv2d(x, block.conv1.weight, stride=2, padding=1)
    y = batch_norm(y, None, None, training=True).relu()
    y = batch_norm(conv2d(y, block.conv2.weight, padding=1), None, None, training=True)
    torch.testing.assert_close(block(x), (y + block.shortcut(x)).relu())


def test_the_gradient_reaches_every_parameter():
    torch.manual_seed(0)
    network = ResNetCifar(4, depth=32)
    cross_entropy(network(torch.randn(8, 3, 32, 32)), torch.arange(8) % 4).backward()
    assert all(p.grad.abs().sum() > 0 for p in network.parameters())


def test_weights_start_with_the_spread_of_the_paper():
    torch.manual_seed(0)
    network = ResNetCifar(100, depth=32)
    weight = network.blocks[-1].conv2.weight
    assert weight.std().item() == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.02)
    assert network.head.weight.std().item() == pytest.approx(1 / 8, rel=0.05)
    assert network.head.bias.abs().max() == 0


@pytest.mark.parametrize(("depth", "width"), [(9, 1), (2, 1), (8, 0.01)])
def test_depths_and_widths_that_do_not_exist_are_refused(depth, width):
    with pytest.raises(ValueError, match=r"must .* got"):
        ResNetCifar(3, depth, width)


REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "expected.json"


@pytest.mark.skipif(not REFERENCE.is_file(), reason=f"no reference numbers in {REFERENCE}")
def test_resnet_32_answers_as_the_one_of_ldam_drw_does():
    """Weights and images of sines, as the entry's note describes them; its batch is of two."""
    official = json.loads(REFERENCE.read_text("utf-8"))["other"]["resnet32_fc"]
    network = ResNetCifar(100, depth=32).eval().double()
    parameters = list(network.parameters())
    assert (len(parameters), sum(p.numel() for p in parameters)) == (95, official["params"])
    for i, parameter in enumerate(parameters):
        values = torch.sin(0.37 * torch.arange(parameter.numel(), dtype=torch.float64) + i)
        scaled = values.abs() if parameter.ndim == 1 else values * (2 / parameter[0].numel()) ** 0.5
        parameter.data = scaled.reshape(parameter.shape)
    images = torch.sin(0.011 * torch.arange(2 * 3 * 32 * 32, dtype=torch.float64))
    with torch.no_grad():
        out = network(images.reshape(2, 3, 32, 32))
    assert float(out.sum()) == pytest.approx(official["out_sum"], rel=2e-5)
    assert float(out.norm()) == pytest.approx(official["out_l2"], rel=2e-5)
