import numpy as np
import pytest
import torch

from steelyard.core.case import Case
from steelyard.core.recipe import Recipe, Step
from steelyard.engine.fitting import load_model
from steelyard.engine.training import train
from steelyard.kit.metrics import log_loss


def stripes(n, seed=0, side=16):
    """Class 0 has horizontal stripes, class 1 vertical ones, in noise; shifts do not matter."""
    rng = np.random.default_rng(seed)
    target = np.arange(n) % 2
    wave = (np.arange(side) // 2 % 2 * 120)[None, :, None]
    flat = np.where(target[:, None, None, None], wave, wave.swapaxes(0, 1)[None])
    noise = rng.integers(0, 120, (n, side, side, 3))
    return (np.broadcast_to(flat, noise.shape) + noise).astype(np.uint8), target.astype(np.int64)


def fit_small_cnn(
    X, target, n_classes, *, width=4, augment="flip-shift", row_weight=None, random_state=0, **optim
):
    recipe = Recipe(
        Step("small-cnn", {"width": width}),
        augment=Step(augment),
        optim=Step("sgd", {"learning_rate": 0.1, "epochs": 20, "l2": 5e-4, **optim}),
    )
    return train(recipe, X, target, n_classes, row_weight=row_weight, random_state=random_state)


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
