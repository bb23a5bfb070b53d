import time

import numpy as np
import pytest
import torch

from steelyard.engine import features as room
from steelyard.engine.devices import Device
from steelyard.engine.features import OutOfTime, extract_features, images_per_second
from steelyard.models.backbone import Backbone


class ChannelMeans(torch.nn.Module):
    """Counts the images it sees; its features are the means of the three channels."""

    def __init__(self):
        super().__init__()
        self.seen = 0

    def forward(self, x):
        self.seen += len(x)
        return x


@pytest.fixture
def backbone(monkeypatch):
    monkeypatch.setattr(room, "pick_device", lambda: Device("cpu", torch.float32))
    return Backbone("means", ChannelMeans(), 4, lambda images: images.float(), 3, "print")


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (10, 4, 4, 3), dtype=np.uint8)


def test_features_are_those_of_the_module_in_order(backbone, images):
    found = extract_features(images, backbone, batch_size=3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, images.mean((1, 2)), rtol=1e-6)


def test_equal_images_are_computed_once(backbone, images):
    repeated = images[[0, 1, 0, 2, 1, 0]]
    found = extract_features(repeated, backbone)
    assert backbone.module.seen == 3
    np.testing.assert_allclose(found, repeated.mean((1, 2)), rtol=1e-6)


def test_the_cache_answers_for_the_same_images_and_backbone_only(backbone, images, tmp_path):
    first = extract_features(images, backbone, cache=tmp_path)
    again = extract_features(images, backbone, cache=tmp_path)
    assert backbone.module.seen == 10
    np.testing.assert_array_equal(first, again)
    changed = images.copy()
    changed[3, 0, 0, 0] ^= 1
    extract_features(changed, backbone, cache=tmp_path)
    assert backbone.module.seen == 20
    other = Backbone("means", backbone.module, 4, backbone.normalise, 3, "another print")
    extract_features(images, other, cache=tmp_path)
    assert backbone.module.seen == 30


def test_a_stopped_extraction_goes_on_where_it_was(backbone, images, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "CHUNK", 4)
    clock = iter(range(100))
    monkeypatch.setattr(room.time, "monotonic", lambda: next(clock))
    with pytest.raises(OutOfTime) as caught:
        extract_features(images, backbone, batch_size=2, cache=tmp_path, deadline=3)
    assert (caught.value.done, caught.value.n_images, backbone.module.seen) == (4, 10, 6)
    found = extract_features(images, backbone, cache=tmp_path)
    assert backbone.module.seen == 6 + 6
    np.testing.assert_allclose(found, images.mean((1, 2)), rtol=1e-6)


def test_progress_rises_to_all(backbone, images):
    told = []
    extract_features(images, backbone, batch_size=4, progress=lambda *now: told.append(now))
    assert told == [(4, 10), (8, 10), (10, 10)]


def test_images_of_another_size_are_resized(backbone):
    flat = np.full((2, 9, 13, 3), [10, 20, 30], np.uint8)
    np.testing.assert_allclose(extract_features(flat, backbone), [[10, 20, 30]] * 2, rtol=1e-5)


def test_a_read_only_memory_map_is_read(backbone, images, tmp_path):
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert extract_features(mapped, backbone).shape == (10, 3)
    assert images_per_second(mapped, backbone) > 0


def test_no_images_give_no_features(backbone):
    assert extract_features(np.zeros((0, 4, 4, 3), np.uint8), backbone).shape == (0, 3)


def test_other_shapes_and_types_are_refused(backbone, images):
    with pytest.raises(ValueError, match=r"\(N, H, W, 3\) uint8"):
        extract_features(images.astype(np.float32), backbone)
    with pytest.raises(ValueError, match=r"\(10, 4, 4, 1\)"):
        extract_features(images[..., :1], backbone)


def test_the_deadline_is_of_the_monotonic_clock(backbone, images):
    with pytest.raises(OutOfTime, match="0 of 10 images"):
        extract_features(images, backbone, deadline=time.monotonic() - 1)
