import json

import pytest
import torch

from steelyard.engine.augmentation import PRESETS, augment, flip, flip_and_shift, views


def drawing(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=16, height=16, width=16):
    shape = (n, 3, height, width)
    return torch.randint(0, 256, shape, generator=drawing(1), dtype=torch.uint8)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_shape_dtype_and_range_are_kept_and_the_input_untouched(name, dtype):
    images = pictures(9, 12, 20).to(dtype)
    before = images.clone()
    copies = augment(images, name, drawing())
    assert (copies.shape, copies.dtype) == (images.shape, dtype)
    assert copies.min() >= 0
    assert copies.max() <= 255
    assert torch.equal(images, before)


@pytest.mark.parametrize("name", [n for n in PRESETS if n != "none"])
def test_the_seed_and_nothing_else_decides(name):
    images, state = pictures(), torch.get_rng_state()
    first, again, other = (augment(images, name, drawing(s)) for s in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    generator = drawing(1)
    assert torch.equal(augment(images, name, generator), first)
    assert not torch.equal(augment(images, name, generator), first)  # the next epoch's copies


def test_the_names_mean_what_they_say():
    images = pictures()
    assert augment(images, "none", drawing()) is images
    assert torch.equal(augment(images, "flip", drawing()), flip(images, drawing()))
    assert torch.equal(augment(images, "flip-shift", drawing()), flip_and_shift(images, drawing()))
    assert [step for step, _ in PRESETS["strong"]] == ["flip", "affine", "colour", "erase"]
    json.dumps(PRESETS)  # plain data


def test_no_images_are_no_trouble():
    for name in PRESETS:
        assert augment(pictures(0), name, drawing()).shape == (0, 3, 16, 16)


def test_a_strong_copy_is_still_the_picture():
    # A smooth picture: copies of it stay nearer to it than to its negative.
    wave = torch.linspace(0, 3, 32).sin() * 200 + 20
    images = (wave[:, None] * wave / 220).clamp(0, 255).expand(64, 3, 32, 32)
    copies = augment(images, "strong", drawing())
    near = (copies - images).abs().mean((1, 2, 3))
    far = (copies - (255 - images)).abs().mean((1, 2, 3))
    assert (near < far).all()
    assert near.min() > 1


def test_mistyped_names_and_shapes_are_refused_in_the_users_words():
    with pytest.raises(ValueError, match=r"'flipshift': did you mean 'flip-shift'"):
        augment(pictures(), "flipshift", drawing())
    with pytest.raises(ValueError, match="choose of none, flip"):
        augment(pictures(), "autoaugment", drawing())
    with pytest.raises(ValueError, match=r"\(16, 16, 16, 3\)"):
        augment(pictures().movedim(1, 3), "strong", drawing())


def test_two_views_differ_and_show_the_same_picture():
    # Each picture has a grey level of its own; a view keeps it up to brightness, 0.6 to 1.4 times.
    level = torch.linspace(20, 180, 16)
    images = level[:, None, None, None].expand(16, 3, 16, 16)
    first, second = views(images, drawing())
    assert first.shape == second.shape == images.shape
    assert not torch.equal(first, second)
    for view in (first, second):
        ratio = view.mean((1, 2, 3)) / level
        assert ratio.min() >= 0.6 - 1e-4
        assert ratio.max() <= 1.4 + 1e-4


def test_views_are_determined_by_the_seed_and_keep_the_dtype():
    first, again = views(pictures(), drawing(3)), views(pictures(), drawing(3))
    assert all(torch.equal(a, b) for a, b in zip(first, again))
    assert first[0].dtype == torch.uint8


def test_a_fifth_of_the_views_is_grey():
    view, _ = views(pictures(500), drawing())
    assert 70 < (view == view[:, :1]).flatten(1).all(1).sum() < 130


def test_rows_of_features_pass_where_nothing_is_to_be_changed():
    rows = torch.rand(4, 7)
    assert augment(rows, "none", drawing()) is rows
    with pytest.raises(ValueError, match=r"got \(4, 7\)"):
        augment(rows, "flip", drawing())
