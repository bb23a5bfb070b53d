"""mixup, balanced mixup and CutMix: images that are their own target, exact laws, the generator."""

import numpy as np
import pytest
import torch
from scipy.stats import beta, kstest

from steelyard.kit.mixing import balanced_mixup, blend, cut_boxes, cutmix, mixup, remix, soft_target

TARGET = torch.arange(60) % 5
ONE_HOT = soft_target(TARGET, 5)


def pictures(target, size=8):
    """One channel a class, all of it 1 in the image's own class: area is target."""
    return soft_target(target, 5)[:, :, None, None].expand(-1, -1, size, size).clone()


CALLS = {
    "mixup": lambda x, y, **kw: mixup(x, y, 5, **kw),
    "cutmix": lambda x, y, **kw: cutmix(x, y, 5, **kw),
    "remix": lambda x, y, **kw: remix(x, y, [500, 200, 90, 20, 4], **kw),
    "balanced": lambda x, y, **kw: balanced_mixup(x, y, x.flip(0), y.flip(0), 5, **kw),
}


def test_blend_by_hand():
    first, second = torch.full((2, 1, 2, 2), 10.0), torch.zeros(2, 1, 2, 2)
    mixed = blend(first, second, torch.tensor([0.3, 1.0]))
    assert mixed[0].unique().tolist() == pytest.approx([3.0])
    assert mixed[1].unique().tolist() == [10.0]


@pytest.mark.parametrize("name", CALLS)
def test_shapes_dtypes_and_rows_that_sum_to_one(name):
    for dtype in (torch.float32, torch.bfloat16, torch.float16, torch.float64):
        images, soft = CALLS[name](pictures(TARGET).to(dtype), TARGET, generator=1)
        assert images.shape == (60, 5, 8, 8)
        assert images.dtype == dtype
        assert soft.shape == (60, 5)
        assert soft.dtype == torch.float32
        torch.testing.assert_close(soft.sum(1), torch.ones(60))
        assert (soft > 0).sum(1).max() == 2


@pytest.mark.parametrize("name", CALLS)
def test_the_arguments_stay_as_they_were(name):
    images, target = pictures(TARGET), TARGET.clone()
    CALLS[name](images, target, generator=1)
    assert torch.equal(images, pictures(TARGET))
    assert torch.equal(target, TARGET)


@pytest.mark.parametrize("name", ["mixup", "cutmix", "balanced"])
def test_an_image_that_is_its_target_stays_so(name):
    images, soft = CALLS[name](pictures(TARGET), TARGET, generator=3)
    torch.testing.assert_close(images.mean(dim=(2, 3)), soft)
    assert soft.max(1).values.unique().numel() > 10  # each pair has its own share


@pytest.mark.parametrize("name", CALLS)
def test_the_same_seed_gives_the_same_and_a_generator_moves_on(name):
    def run(generator):
        return CALLS[name](pictures(TARGET), TARGET, generator=generator)[0]

    assert torch.equal(run(7), run(7))
    assert not torch.equal(run(7), run(8))
    generator = torch.Generator().manual_seed(7)
    state = generator.get_state()
    first, second = run(generator), run(generator)
    assert not torch.equal(first, second)
    assert torch.equal(run(generator.set_state(state)), first)
    torch.manual_seed(1)
    drawn = run(None)
    torch.manual_seed(1)
    assert torch.equal(run(None), drawn)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_shares_follow_the_papers_beta(alpha):
    target = torch.arange(4_000)
    images = torch.stack([target.double(), torch.ones(4_000)], dim=1)
    soft = mixup(images, target % 2, 2, alpha=alpha, generator=5)[1]
    mixed = (soft > 0).all(1)  # only pairs of two classes show their share
    assert kstest(soft[mixed][:, 0], beta(alpha, alpha).cdf).pvalue > 1e-3

    zeros, ones = torch.zeros(4_000, 1), torch.ones(4_000, 1)
    blank = torch.zeros(4_000, dtype=torch.long)
    share = balanced_mixup(zeros, blank, ones, blank + 1, 2, alpha=alpha, generator=5)[0][:, 0]
    assert kstest(share, beta(alpha, 1).cdf).pvalue > 1e-3
    assert kstest(share, beta(1, alpha + 0.5).cdf).pvalue < 1e-9


def test_every_row_is_partner_once():
    images = torch.eye(30)
    mixed, _ = mixup(images, torch.zeros(30, dtype=torch.long), 1, generator=2)
    own = mixed.diagonal()
    torch.testing.assert_close(mixed.sum(1), torch.ones(30))
    partner = (mixed - torch.diag(own)).argmax(1)
    loners = (own > 0.999999).sum()
    assert partner.unique().numel() >= 30 - loners


def test_soft_targets_go_in_and_class_numbers_are_their_one_hot():
    images = pictures(TARGET)
    for call in (mixup, cutmix):
        hard, soft = call(images, TARGET, 5, generator=4), call(images, ONE_HOT, 5, generator=4)
        assert torch.equal(hard[0], soft[0])
        assert torch.equal(hard[1], soft[1])


def test_boxes_by_hand():
    share, middle = torch.tensor([0.75, 0.0, 1.0]), torch.full((3, 2), 0.5)
    boxes = cut_boxes(share, middle, 8, 12)
    assert boxes.sum(dim=(1, 2)).tolist() == [4 * 6, 8 * 12, 0]
    assert boxes[0].nonzero().min(0).values.tolist() == [2, 3]
    corner = cut_boxes(torch.tensor([0.75]), torch.tensor([[0.0, 0.999]]), 8, 12)[0].nonzero()
    assert corner.min(0).values.tolist() == [0, 8]
    assert corner.max(0).values.tolist() == [1, 11]


def test_a_cut_is_one_box_of_the_papers_size_or_less():
    images = torch.zeros(300, 1, 16, 10)
    images[150:] = 1
    target = (torch.arange(300) >= 150).long()
    mixed, soft = cutmix(images, target, 2, generator=6)
    areas = []
    for image, before, share in zip(mixed[:, 0], images[:, 0], soft, strict=True):
        changed = (image != before).nonzero()
        if len(changed):
            height, width = (changed.max(0).values - changed.min(0).values + 1).tolist()
            assert height * width == len(changed)
            assert len(changed) / 160 == pytest.approx(float(share.min(0).values), abs=1e-6) or (
                len(changed) / 160 == pytest.approx(float(share.max(0).values), abs=1e-6)
            )
            areas.append(len(changed) / 160)
    assert np.mean(areas) < 0.5  # lambda is uniform; the edge only takes away


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mixup(pictures(TARGET), TARGET, 4), "n_classes=4"),
        (lambda: mixup(pictures(TARGET), TARGET - 1, 5), "-1..3"),
        (lambda: mixup(pictures(TARGET).byte(), TARGET, 5), "images must be floats"),
        (lambda: mixup(pictures(TARGET), TARGET, 5, alpha=0.0), "alpha must be"),
        (lambda: mixup(pictures(TARGET), TARGET.float(), 5), "target must be"),
        (lambda: cutmix(ONE_HOT, TARGET, 5), "(N, C, H, W)"),
        (lambda: remix(ONE_HOT, TARGET, [1, 1, 1, 1]), "n_classes=4"),
        (lambda: remix(ONE_HOT, ONE_HOT, [1] * 5), "class numbers"),
        (lambda: remix(ONE_HOT, TARGET, [1] * 5, kappa=0.5), "kappa=0.5"),
        (lambda: remix(ONE_HOT, TARGET, [1] * 5, tau=1.5), "tau=1.5"),
        (lambda: balanced_mixup(ONE_HOT, TARGET, ONE_HOT[:3], TARGET[:3], 5), "one shape"),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError) as raised:
        call()
    assert words in str(raised.value)
