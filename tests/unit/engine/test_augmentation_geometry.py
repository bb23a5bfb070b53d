import pytest
import torch
from torch.nn.functional import pad

from steelyard.engine.augmentation import (
    affine,
    flip,
    flip_and_shift,
    random_affine,
    random_resized_crop,
)
from steelyard.engine.augmentation import drawing as drawing_room
from steelyard.engine.augmentation.drawing import boxes


def drawing(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=4, height=8, width=8, seed=1):
    shape = (n, 3, height, width)
    return torch.randint(0, 256, shape, generator=drawing(seed), dtype=torch.uint8)


def still(n, degrees=0.0, scale=1.0, shift=(0.0, 0.0)):
    return torch.full((n,), degrees), torch.full((n,), scale), torch.tensor([shift] * n)


def test_flip_mirrors_some_images_exactly_and_leaves_the_others():
    images = pictures(64)
    copies = flip(images, drawing())
    mirrored = (copies == images.flip(3)).flatten(1).all(1)
    as_before = (copies == images).flatten(1).all(1)
    assert (mirrored ^ as_before).all()
    assert 20 < mirrored.sum() < 44


def test_flip_and_shift_is_the_same_as_ever():
    # What the first version gave for this seed; trainings and their stored results depend on it.
    images = torch.arange(3 * 3 * 8 * 8).reshape(3, 3, 8, 8)
    copies = flip_and_shift(images, drawing())
    assert copies[:, 0, 0].tolist() == [
        [20, 19, 18, 17, 16, 0, 0, 0],
        [0, 0, 0, 216, 217, 218, 219, 220],
        [0, 0, 0, 407, 406, 405, 404, 403],
    ]


@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 12)])
def test_the_identity_changes_nothing(height, width):
    images = pictures(5, height, width)
    assert torch.equal(affine(images, *still(5)), images)
    torch.testing.assert_close(affine(images.float(), *still(5)), images.float(), atol=1e-3, rtol=0)


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, -2), (-1, 4)])
def test_a_shift_by_whole_pixels_is_exact_and_brings_in_black(right, down):
    images = pictures(3, 9, 8)
    moved = affine(images, *still(3, shift=(float(right), float(down))))
    # pad counts left, right, top, bottom; what is negative is cut off
    assert torch.equal(moved, pad(images, (right, -right, down, -down)))


@pytest.mark.parametrize("quarters", [1, 2, 3, -1])
def test_quarter_turns_are_those_of_rot90(quarters):
    images = pictures(3)
    turned = affine(images, *still(3, degrees=90.0 * quarters))
    assert torch.equal(turned, torch.rot90(images, quarters, (2, 3)))


def test_half_a_turn_is_exact_for_oblong_images():
    images = pictures(3, 6, 11)
    assert torch.equal(affine(images, *still(3, degrees=180.0)), images.flip(2, 3))


def test_a_turn_of_an_oblong_image_keeps_angles():
    # A dot 3 px right of the centre of a 9 x 15 image goes to 3 px above it.
    images = torch.zeros(1, 3, 9, 15)
    images[0, :, 4, 10] = 100
    expected = torch.zeros(1, 3, 9, 15)
    expected[0, :, 1, 7] = 100
    torch.testing.assert_close(affine(images, *still(1, degrees=90.0)), expected, atol=1e-2, rtol=0)


def test_a_scale_of_two_shows_the_middle_twice_as_large():
    # Between pixel centres at -3 .. 3 the ramp is linear, and so is its enlargement.
    ramp = torch.arange(8.0).expand(1, 3, 8, 8)
    position = torch.arange(8.0) - 3.5
    expected = (position / 2 + 3.5).expand(1, 3, 8, 8)
    torch.testing.assert_close(affine(ramp, *still(1, scale=2.0)), expected)


def test_the_shift_is_in_pixels_of_the_copy_whatever_the_scale_and_turn():
    images = torch.zeros(1, 3, 9, 9)
    images[0, :, 4, 4] = 100
    turned = affine(images, *still(1, degrees=90.0, scale=1.0, shift=(2.0, 1.0)))
    assert turned[0, 0].argmax().item() == 5 * 9 + 6
    enlarged = affine(images, *still(1, scale=2.0, shift=(2.0, 1.0)))
    assert enlarged[0, 0].argmax().item() == 5 * 9 + 6


def test_each_image_has_its_own_turn():
    images = pictures(2)
    _, *scale_and_shift = still(2)
    turned = affine(images, torch.tensor([0.0, 90.0]), *scale_and_shift)
    assert torch.equal(turned[0], images[0])
    assert torch.equal(turned[1], torch.rot90(images[1], 1, (1, 2)))


def test_random_affine_stays_inside_its_limits():
    # The centre of mass of a dot tells the shift.
    images = torch.zeros(200, 3, 21, 21)
    images[:, :, 10, 10] = 100
    moved = random_affine(images, drawing(), shift=0.2)[:, 0]
    place = torch.arange(21.0) - 10
    total = moved.sum((1, 2))
    for axis in (1, 2):
        offset = (moved.sum(3 - axis) @ place) / total
        assert offset.abs().max() <= 0.2 * 21 + 1e-3
        assert offset.min() < -3.5
        assert offset.max() > 3.5
    assert torch.equal(random_affine(pictures(), drawing()), pictures())


def test_boxes_have_the_area_and_ratio_asked_for_and_fit():
    images = torch.zeros(3000, 3, 20, 40)
    top, left, tall, wide = boxes(images, (0.1, 1.0), (0.5, 2.0), drawing())
    share, ratio = tall * wide / 800, wide / tall
    assert share.min() >= 0.1 - 1e-5
    assert share.max() <= 1 + 1e-5
    assert share.mean().item() == pytest.approx(0.55, abs=0.02)
    assert min(top.min(), left.min()) >= 0
    assert (top + tall).max() <= 20 + 1e-3
    assert (left + wide).max() <= 40 + 1e-3
    small = share < 0.5  # where no ratio up to 2 would leave the image
    assert ratio[small].min() >= 0.5 - 1e-5
    assert ratio[small].max() <= 2 + 1e-5
    assert ratio[small].log().mean().item() == pytest.approx(0, abs=0.05)


def test_a_crop_of_everything_is_the_image():
    images = pictures(5, 8, 8)
    assert torch.equal(random_resized_crop(images, drawing(), area=(1, 1), ratio=(1, 1)), images)


def test_a_crop_is_a_rectangle_of_the_image_enlarged():
    # On a picture whose two ramps tell the place, corners and slopes tell the rectangle.
    height, width, n = 24, 32, 50
    across = torch.arange(float(width)).expand(n, 1, height, width)
    down = torch.arange(float(height))[:, None].expand(n, 1, height, width)
    images = torch.cat([across, down, down], 1)
    crop = random_resized_crop(images, drawing(3), area=(0.3, 0.6))
    # the middle half is away from the border, where the outermost pixels are repeated
    wide = (crop[:, 0, 12, 24] - crop[:, 0, 12, 8]) / 16 * width
    tall = (crop[:, 1, 18, 16] - crop[:, 1, 6, 16]) / 12 * height
    share = wide * tall / (width * height)
    assert share.min() > 0.3 - 1e-3
    assert share.max() < 0.6 + 1e-3
    assert (wide / tall).min() > 3 / 4 - 1e-3
    assert (wide / tall).max() < 4 / 3 + 1e-3
    assert crop[:, 0].min() >= 0
    assert crop[:, 0].max() <= width - 1


def test_a_crop_of_white_has_no_dark_edge():
    white = torch.full((20, 3, 8, 8), 255, dtype=torch.uint8)
    assert (random_resized_crop(white, drawing()) == 255).all()


def test_pieces_are_only_a_matter_of_speed(monkeypatch):
    images = pictures(7)
    whole = random_affine(images, drawing(), degrees=30.0, scale=(0.5, 2.0), shift=0.3)
    monkeypatch.setattr(drawing_room, "PIECE", 2 * images[0].numel())
    pieces = random_affine(images, drawing(), degrees=30.0, scale=(0.5, 2.0), shift=0.3)
    assert torch.equal(pieces, whole)
