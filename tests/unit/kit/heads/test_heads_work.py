"""The heads do under a long tail what they are for: balanced accuracy over the plain linear one."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from steelyard.kit.heads import (
    CosineHead,
    LearnableWeightScaling,
    LinearHead,
    NearestClassMean,
    TauNormalised,
)
from steelyard.kit.losses import cross_entropy

SEEDS = range(5)


def digits(seed):
    """100 rows of the largest class and 2 of the smallest, centred; the other rows to test on."""
    X, target = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    target = rng.permutation(10)[target]
    counts = np.maximum(np.round(100 * 50 ** (-np.arange(10) / 9)).astype(int), 2)
    rows = [rng.permutation(np.flatnonzero(target == k))[:n] for k, n in enumerate(counts)]
    rows = np.concatenate(rows)
    rest = np.setdiff1d(np.arange(target.size), rows)
    X = torch.from_numpy((X - X[rows].mean(axis=0)) / 16).float()
    target = torch.from_numpy(target)
    return X[rows], target[rows], X[rest], target[rest], counts


def train(model, X, target, optimiser, steps, loss=F.cross_entropy):
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        loss(model(X), target).backward()
        optimiser.step()
        schedule.step()
    return model


def balanced_accuracy(head, X, target):
    right = (head(X).argmax(dim=1) == target).double()
    return float(np.mean([right[target == k].mean() for k in range(10)]))


def expect_gain(gains, least):
    assert np.mean(gains) >= least, gains
    assert np.mean(gains) > 3 * np.std(gains, ddof=1) / np.sqrt(len(gains)), gains


@pytest.fixture(scope="module")
def runs():
    """Of each seed: the trained layer, features and target of training rows and of fresh ones."""
    found = []
    for seed in SEEDS:
        X, target, new, fresh, counts = digits(seed)
        torch.manual_seed(seed)
        body = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        network = nn.Sequential(body, LinearHead(32, 10))
        sgd = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
        train(network, X, target, sgd, steps=300)
        with torch.no_grad():
            found.append((network[1], body(X), target, body(new), fresh, counts))
    return found


def gains(runs, make):
    return [
        balanced_accuracy(make(linear, X, target, counts), new, fresh)
        - balanced_accuracy(linear, new, fresh)
        for linear, X, target, new, fresh, counts in runs
    ]


def test_frequent_classes_have_long_weights(runs):
    for linear, *_, counts in runs:
        lengths = linear.weight.detach().norm(dim=1)
        assert np.corrcoef(lengths, np.log(counts))[0, 1] > 0.7


def test_tau_normalised_weights_help(runs):
    expect_gain(gains(runs, lambda linear, X, target, counts: TauNormalised(linear, 0.5)), 0.015)


def test_learnt_weight_scales_help(runs):
    def scaled(linear, X, target, counts):
        head = LearnableWeightScaling(linear)

        def balanced(logits, target):
            return cross_entropy(
                logits, target, counts=counts, weight="inverse", reduction="weighted_mean"
            )

        return train(head, X, target, torch.optim.SGD(head.parameters(), lr=0.1), 100, balanced)

    expect_gain(gains(runs, scaled), 0.01)


@pytest.mark.parametrize("distance", ["euclidean", "cosine", "mahalanobis"])
def test_nearest_class_means_help(runs, distance):
    def nearest(linear, X, target, counts):
        return NearestClassMean.fit(X, target, 10, distance=distance)

    expect_gain(gains(runs, nearest), 0.01)


def test_a_cosine_head_beats_a_linear_one_on_the_same_features():
    found = []
    for seed in range(8):
        X, target, new, fresh, _ = digits(seed)
        torch.manual_seed(seed)
        scores = []
        for head in (LinearHead(64, 10), CosineHead(64, 10)):
            adam = torch.optim.AdamW(head.parameters(), lr=0.03)
            train(head, X, target, adam, steps=200)
            scores.append(balanced_accuracy(head, new, fresh))
        found.append(scores[1] - scores[0])
    expect_gain(found, 0.01)
