import numpy as np
import pytest
import torch

from steelyard.core.case import Case
from steelyard.engine.augmentation import flip_and_shift
from steelyard.engine.fitting import load_model
from steelyard.engine.small_training import fit_small_cnn
from steelyard.kit.metrics import log_loss


def stripes(n, seed=0, side=16):
    """Class 0 has horizontal stripes, class 1 vertical ones, in noise; shifts do not matter."""
    rng = np.random.default_rng(seed)
    target = np.arange(n) % 2
    wave = (np.arange(side) // 2 % 2 * 120)[None, :, None]
    flat = np.where(target[:, None, None, None], wave, wave.swapaxes(0, 1)[None])
    noise = rng.integers(0, 120, (n, side, side, 3))
    return (np.broadcast_to(flat, noise.shape) + noise).astype(np.uint8), target.astype(np.int64)


@pytest.fixture(scope="module")
def trained():
    X, target = stripes(96)
    return fit_small_cnn(X, target, 2, width=4, epochs=10)


def test_it_learns_and_is_right_on_new_images(trained):
    X, target = stripes(60, seed=1)
    proba = trained.predict_proba(X)
    np.testing.assert_allclose(proba.sum(1), 1)
    assert (proba.argmax(1) == target).mean() > 0.9


def test_the_same_seed_gives_the_same_network_and_another_another():
    X, target = stripes(32)
    settings = {"width": 4, "epochs": 2}
    first, same, other = (
        fit_small_cnn(X, target, 2, random_state=seed, **settings).predict_proba(X)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 0


def test_training_leaves_the_global_random_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    fit_small_cnn(*stripes(4), 2, width=4, epochs=1)
    assert torch.rand(1) == expected


def test_row_weights_move_the_prediction_where_the_images_say_nothing():
    X, target = np.full((40, 8, 8, 3), 100, np.uint8), np.arange(40) % 2
    weight = np.where(target == 1, 9.0, 1.0)
    settings = {"width": 4, "epochs": 60, "learning_rate": 0.05, "augment": "none"}
    plain = fit_small_cnn(X, target, 2, **settings).predict_proba(X[:1])
    heavy = fit_small_cnn(X, target, 2, row_weight=weight, **settings).predict_proba(X[:1])
    assert plain[0, 1] == pytest.approx(0.5, abs=0.1)
    assert heavy[0, 1] == pytest.approx(0.9, abs=0.05)


def test_the_learning_curve_ends_where_the_network_stands(trained):
    train, held = stripes(96), stripes(60, seed=1)
    before = trained.predict_proba(held[0])
    curve = trained.curve(train, held)
    np.testing.assert_array_equal(trained.predict_proba(held[0]), before)
    assert curve.val_loss[-1] == pytest.approx(log_loss(held[1], before))
    assert curve.train_loss[-1] < curve.train_loss[0]


def test_a_saved_network_answers_the_same(trained, tmp_path):
    X, target = stripes(10, seed=2)
    trained.save(Case(tmp_path), "model")
    again = load_model(tmp_path / "model")
    np.testing.assert_array_equal(again.predict_proba(X), trained.predict_proba(X))
    assert again.curve((X, target), (X, target)) is None
    assert again.predict_proba(X[:0]).shape == (0, 2)


def test_flips_and_shifts_move_whole_images_and_invent_no_pixels():
    # Every pixel names its own place, so that each moved image can be traced back.
    image = torch.arange(1, 101, dtype=torch.uint8).view(1, 1, 10, 10).expand(200, 3, 10, 10)
    moved = flip_and_shift(image, torch.Generator().manual_seed(0))
    offsets, mirrored = set(), 0
    for one in moved:
        assert (one[0] == one[1]).all()
        y, x = (one[0] > 0).nonzero()[len((one[0] > 0).nonzero()) // 2].tolist()
        place = int(one[0, y, x]) - 1
        step = int(one[0, y, x + 1]) - int(one[0, y, x])
        assert step in (-1, 1)
        mirrored += step < 0
        column = place % 10 if step > 0 else 9 - place % 10
        offsets.add((place // 10 - y, column - x))
    assert 60 < mirrored < 140
    assert {d for d, _ in offsets} == {r for _, r in offsets} == set(range(-4, 5))
