import pytest
import torch

from steelyard.models.cost import count_parameters
from steelyard.models.mlp import MLP


def test_parameters_and_shapes_by_hand():
    network = MLP(5, n_classes=3, hidden=(8, 4))
    assert count_parameters(network) == (5 * 8 + 8) + (8 * 4 + 4) + (4 * 3 + 3)
    assert network.features(torch.zeros(2, 5)).shape == (2, network.n_features) == (2, 4)
    assert network(torch.zeros(2, 5)).shape == (2, 3)
    assert network.parts() == [*network.blocks, network.head]


def test_it_is_the_formula():
    torch.manual_seed(0)
    network, x = MLP(5, 3, hidden=(8,), dropout=0.5).eval(), torch.randn(4, 5)
    hidden, head = network.blocks[0][0], network.head
    expected = (x @ hidden.weight.T + hidden.bias).clamp(min=0) @ head.weight.T + head.bias
    torch.testing.assert_close(network(x), expected)


def test_images_are_flattened():
    torch.manual_seed(0)
    network, images = MLP(12, 3), torch.randn(2, 3, 2, 2)
    assert torch.equal(network(images), network(images.reshape(2, 12)))


def test_without_hidden_layers_it_is_linear():
    network, x = MLP(5, 3, hidden=()), torch.randn(4, 5)
    assert network.n_features == 5
    assert torch.equal(network(x), network.head(x))


def test_dropout_drops_its_share_in_training_only():
    torch.manual_seed(0)
    network = MLP(4, 2, hidden=(10_000,), dropout=0.25)
    torch.nn.init.ones_(network.blocks[0][0].bias)
    torch.nn.init.zeros_(network.blocks[0][0].weight)
    dropped = (network.features(torch.zeros(1, 4)) == 0).float().mean().item()
    assert dropped == pytest.approx(0.25, abs=0.02)
    assert (network.eval().features(torch.zeros(1, 4)) == 1).all()


@pytest.mark.parametrize(("hidden", "dropout"), [((0,), 0), ((4,), 1), ((4,), -0.1)])
def test_impossible_sizes_are_refused(hidden, dropout):
    with pytest.raises(ValueError, match="got"):
        MLP(5, 3, hidden, dropout)
