import pytest
import torch

from steelyard.engine.augmentation import colour, erase
from steelyard.engine.augmentation.colour import colour_by


def drawing(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=6, height=8, width=8):
    shape = (n, 3, height, width)
    return torch.randint(0, 256, shape, generator=drawing(1), dtype=torch.uint8)


def factors(bright=1.0, spread=1.0, vivid=1.0, n=6):
    return torch.full((n,), bright), torch.full((n,), spread), torch.full((n,), vivid)


def grey_of(images):
    red, green, blue = images.float().unbind(1)
    return (0.299 * red + 0.587 * green + 0.114 * blue)[:, None]


def test_factors_of_one_change_nothing():
    images = pictures()
    assert torch.equal(colour_by(images, *factors()), images)
    assert torch.equal(colour(images, drawing()), images)


def test_the_three_in_a_row_step_by_step():
    # Small factors, so that nothing is cut off on the way.
    images = pictures().float() / 2 + 32
    bright, spread, vivid = torch.linspace(0.8, 1.2, 18).reshape(3, 6)[:, :, None, None, None]
    brighter = images * bright
    mean = grey_of(brighter).mean((1, 2, 3), keepdim=True)
    spreaded = spread * brighter + (1 - spread) * mean
    expected = vivid * spreaded + (1 - vivid) * grey_of(spreaded)
    ours = colour_by(images, bright.flatten(), spread.flatten(), vivid.flatten())
    torch.testing.assert_close(ours, expected.clamp(0, 255), rtol=1e-4, atol=1e-2)


def test_the_limits_of_the_factors():
    images = pictures().float()
    assert (colour_by(images, *factors(bright=0.0)) == 0).all()
    flat = colour_by(images, *factors(spread=0.0))
    mean = grey_of(images).mean((1, 2, 3))
    torch.testing.assert_close(flat, mean[:, None, None, None].expand_as(flat))
    grey = colour_by(images, *factors(vivid=0.0))
    torch.testing.assert_close(grey, grey_of(images).expand_as(grey))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.bfloat16])
def test_pixels_stay_in_their_range_and_dtype(dtype):
    images = pictures(200).to(dtype)
    copies = colour(images, drawing(), brightness=1, contrast=1, saturation=1)
    assert copies.dtype == dtype
    assert copies.shape == images.shape
    assert copies.min() >= 0
    assert copies.max() <= 255


def test_the_factor_of_brightness_is_uniform_within_its_limits():
    images = torch.full((2000, 3, 2, 2), 100.0)
    factor = colour(images, drawing(), brightness=0.3)[:, 0, 0, 0] / 100
    assert 0.7 <= factor.min() < 0.71
    assert 1.29 < factor.max() <= 1.3
    assert factor.mean().item() == pytest.approx(1, abs=0.01)


def test_some_lose_their_colour():
    copies = colour(pictures(500), drawing(), grey=0.2)
    without = (copies == copies[:, :1]).flatten(1).all(1)
    assert 70 < without.sum() < 130
    assert torch.equal(copies[~without], pictures(500)[~without])


def test_erasing_replaces_one_rectangle_and_nothing_else():
    images = torch.full((400, 3, 20, 30), -1.0)  # noise is never negative
    changed = erase(images, drawing(), probability=0.5, area=(0.1, 0.3))[:, 0] >= 0
    erased = changed[changed.flatten(1).any(1)]
    assert 160 < len(erased) < 240
    rows, columns = erased.any(2), erased.any(1)
    assert torch.equal(erased, rows[:, :, None] & columns[:, None, :])
    for lines in (rows, columns):  # each a single stretch
        starts = lines[:, 0].int() + (lines[:, 1:] & ~lines[:, :-1]).sum(1)
        assert (starts == 1).all()
    tall, wide = rows.sum(1), columns.sum(1)
    share = tall * wide / 600
    # whole pixels: half a pixel to and fro on each side
    assert ((tall - 0.5) * (wide - 0.5) / 600 <= 0.3).all()
    assert ((tall + 0.5) * (wide + 0.5) / 600 >= 0.1).all()
    assert share.mean().item() == pytest.approx(0.2, abs=0.015)
    assert ((wide - 0.5) / (tall + 0.5) <= 1 / 0.3).all()
    assert ((wide + 0.5) / (tall - 0.5) >= 0.3).all()
    assert (rows.any(0).all(), columns.any(0).all()) == (True, True)  # every place can be hit


def test_noise_is_uniform_and_differs_from_image_to_image():
    images = torch.zeros(50, 3, 32, 32, dtype=torch.uint8)
    noise = erase(images, drawing(), probability=1, area=(1, 1), ratio=(1, 1))
    often = torch.bincount(noise.flatten().long(), minlength=256)
    # 600 expected of each value: chi-squared with 255 degrees of freedom, 99.9 % below 331
    assert ((often - 600.0) ** 2 / 600).sum() < 331
    assert not torch.equal(noise[0], noise[1])


def test_the_smallest_rectangle_is_one_pixel():
    images = torch.full((50, 3, 4, 4), -1.0)
    changed = erase(images, drawing(), probability=1, area=(0.0001, 0.0001))[:, 0] >= 0
    assert (changed.flatten(1).sum(1) == 1).all()
    assert torch.equal(erase(images, drawing(), probability=0), images)
