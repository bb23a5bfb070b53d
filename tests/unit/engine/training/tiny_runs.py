"""Small data and short recipes for the tests of the training loop."""

import numpy as np

from steelyard.core.recipe import Recipe, Step
from steelyard.engine.training import train


class Killed(Exception):
    """What a test ends a run with."""


def images(n=60, counts=(36, 18, 6), side=8, seed=0):
    """Noise whose mean colour tells the class, more rows of the first ones."""
    rng = np.random.default_rng(seed)
    target = rng.permutation(np.repeat(np.arange(len(counts)), counts))[:n].astype(np.int64)
    X = rng.integers(0, 150, (len(target), side, side, 3))
    X[np.arange(len(target)), :, :, target % 3] += 80
    return X.astype(np.uint8), target


def features(counts=(36, 18, 6), d=5, seed=0):
    """Rows (N, D) about a mean of their class."""
    rng = np.random.default_rng(seed)
    target = rng.permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int64)
    X = rng.normal(size=(len(target), d)) + rng.normal(size=(len(counts), d))[target]
    return X.astype(np.float32), target


def recipe(model="small-cnn", optim=None, name="sgd", model_settings=None, **slots):
    settings = {"learning_rate": 0.05, "epochs": 4, "batch_size": 16, **(optim or {})}
    if model_settings is None:
        model_settings = {"small-cnn": {"width": 4}, "resnet-8": {"width": 0.25}}.get(model, {})
    return Recipe(Step(model, model_settings), optim=Step(name, settings), **slots)


def fit(what, data, **how):
    X, target = data
    return train(what, X, target, int(target.max()) + 1, **how)


def state_of(trained):
    return {name: tensor.detach().clone() for name, tensor in trained.module.state_dict().items()}


def distance(one, other):
    """The largest difference of two networks' parameters and buffers; infinite for other names."""
    one, other = state_of(one), state_of(other)
    if one.keys() != other.keys():
        return float("inf")
    return max(float((one[k].double() - other[k].double()).abs().max()) for k in one)
