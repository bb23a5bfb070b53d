"""Parts of a recipe that must earn their place: each beats the same run without it."""

import numpy as np
import pytest
import torch
from tiny_runs import fit, recipe

from steelyard.core.recipe import Step
from steelyard.engine.training.optimisers import optimiser_of
from steelyard.kit.heads import NearestClassMean
from steelyard.kit.losses import l1_penalty
from steelyard.kit.metrics import balanced_accuracy
from steelyard.models.mlp import MLP


def reached(what, train, test, seed):
    """Balanced accuracy on ``test``."""
    proba = fit(what, train, random_state=seed).predict_proba(test[0])
    return balanced_accuracy(test[1], proba.argmax(1), proba.shape[1])


def two_of_eighty(n, seed):
    """Two columns tell, 78 are noise."""
    X = np.random.default_rng(seed).normal(size=(n, 80)).astype(np.float32)
    return X, (X[:, 0] + X[:, 1] > 0).astype(np.int64)


def about_means(counts, seed):
    """Four normal classes about the same means for every seed."""
    rng, means = np.random.default_rng(seed), np.random.default_rng(9).normal(size=(4, 6)) * 1.2
    target = np.repeat(np.arange(4), counts)
    return (rng.normal(size=(len(target), 6)) + means[target]).astype(np.float32), target


def places(n, seed):
    """Images in which a bright square's quarter is the class."""
    rng = np.random.default_rng(seed)
    target, X = rng.integers(0, 4, n), rng.integers(0, 120, (n, 32, 32, 3))
    for image, quarter in zip(X, target):
        row, column = 4 + 16 * np.array(divmod(quarter, 2)) + rng.integers(-3, 4, 2)
        image[row : row + 6, column : column + 6] += 100
    return X.astype(np.uint8), target


@pytest.mark.parametrize("seed", range(2))
def test_an_l1_penalty_ignores_columns_of_noise(seed):
    def with_l1(l1):
        optim = {"epochs": 60, "l2": 0.0, "l1": l1}
        what = recipe("mlp", optim, model_settings={"hidden": (8,)})
        return reached(what, two_of_eighty(60, seed), two_of_eighty(1000, seed + 100), seed)

    assert with_l1(0.01) > with_l1(0.0) + 0.08


@pytest.mark.parametrize("seed", range(2))
def test_class_means_beat_the_head_of_a_long_tail(seed):
    def with_stages(stages):
        what = recipe("mlp", {"epochs": 12}, model_settings={"hidden": (16,)}, stages=stages)
        train, test = about_means((300, 60, 12, 6), seed), about_means((200,) * 4, seed + 50)
        return reached(what, train, test, seed)

    means = with_stages(Step("class-means", {"distance": "mahalanobis"}))
    assert means > with_stages(Step("one")) + 0.03


@pytest.mark.parametrize(("model", "width"), [("small-cnn", 4), ("resnet-8", 0.5)])
def test_a_pyramid_sees_where_something_is(model, width):
    def with_pool(pool):
        what = recipe(model, {"epochs": 6}, model_settings={"width": width, "pool": pool})
        return reached(what, places(160, 0), places(200, 50), 0)

    assert with_pool("pyramid") > 0.9 > with_pool("mean") + 0.2


def test_the_slope_of_l1_is_that_of_the_penalty_and_spares_biases():
    x, rate = torch.randn(6, 5, generator=torch.Generator().manual_seed(0)), 0.1
    networks = []
    for in_optimiser in (True, False):
        torch.manual_seed(1)
        network = MLP(5, 3, hidden=(4,)).eval()
        settings = {"learning_rate": rate, "momentum": 0.0, "l1": 0.02 if in_optimiser else 0.0}
        optimiser = optimiser_of(Step("sgd", settings), network.parts())
        loss = network(x).square().mean()
        if not in_optimiser:
            loss = loss + l1_penalty([p for p in network.parameters() if p.ndim > 1], strength=0.02)
        loss.backward()
        optimiser.step()
        networks.append(network)
    for one, other in zip(*(network.parameters() for network in networks)):
        torch.testing.assert_close(one, other)


def test_the_head_of_class_means_is_the_nearest_class_mean_of_its_features():
    X, target = about_means((30, 20, 10, 0), 3)
    what = recipe("mlp", stages=Step("class-means", {"distance": "euclidean"}))
    trained = fit(what, (X, np.append(target[:-1], 3)))  # one row of class 3 makes it known
    rows = torch.from_numpy(X)
    with torch.no_grad():
        features = trained.module.features(trained.normalise(rows))
    expected = NearestClassMean.fit(
        features.double(), torch.from_numpy(np.append(target[:-1], 3)), 4, distance="euclidean"
    )(features.double())
    torch.testing.assert_close(
        torch.from_numpy(trained.predict_proba(X)), expected.softmax(1), atol=0.02, rtol=0
    )
