"""Pretraining learns: its features are worth more than those of the network it started from."""

import copy
import math

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from steelyard.kit.pretraining import (
    features_worth,
    network_features,
    pretrain_contrastive,
    pretrain_rotation,
)

SEEDS = range(3)


class SmallNetwork(nn.Module):
    """Three convolutions and the mean of each channel: 9,748 parameters."""

    def __init__(self):
        super().__init__()
        blocks = [
            nn.Sequential(
                nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(n_out),
                nn.ReLU(),
            )
            for n_in, n_out, stride in ((1, 12, 1), (12, 24, 2), (24, 32, 1))
        ]
        self.blocks, self.n_features = nn.Sequential(*blocks), 32

    def features(self, x):
        return self.blocks(x).mean((2, 3))


def views(images, generator):
    """Shifted by up to a pixel, brighter or darker, and with noise."""
    n, side = len(images), images.shape[-1]
    down, right = torch.randint(0, 3, (2, n, 1), generator=generator) + torch.arange(side)
    framed = nn.functional.pad(images, (1, 1, 1, 1), value=-1.0)
    moved = framed[torch.arange(n)[:, None, None], 0, down[:, :, None], right[:, None, :]]
    light = 0.6 + 0.8 * torch.rand(n, 1, 1, 1, generator=generator)
    noise = torch.randn(images.shape, generator=generator)
    return (moved[:, None] + 1) * light - 1 + 0.3 * noise


def rotation(network, images, generator):
    return pretrain_rotation(network, images, generator=generator, epochs=6, lr=1e-2)


def contrastive(network, images, generator):
    return pretrain_contrastive(network, images, views, generator=generator, epochs=12, lr=5e-3)


@pytest.mark.slow
# Guessing costs log 4 for the turn, and the log of the 2 x 125 - 1 others for the partner.
@pytest.mark.parametrize(
    ("pretrain", "gain", "guessing"),
    [(rotation, 0.03, math.log(4)), (contrastive, 0.10, math.log(249))],
    ids=["rotation", "contrastive"],
)
def test_features_are_worth_more_than_before(pretrain, gain, guessing):
    X, target = load_digits(return_X_y=True)
    images = torch.from_numpy(X / 8 - 1).float().reshape(-1, 1, 8, 8)
    gains = []
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(target.size)
        unlabelled, new = order[:1000], order[1000:]
        few = np.concatenate([unlabelled[target[unlabelled] == k][:10] for k in range(10)])

        def worth(network, few=few, new=new):
            seen, fresh = (network_features(network, images[rows]) for rows in (few, new))
            return [
                features_worth(seen, target[few], fresh, target[new], by=by)
                for by in ("logistic", "neighbours")
            ]

        torch.manual_seed(seed)
        network = SmallNetwork()
        before = worth(network)
        # The ablation keeps what batch norm alone would learn from the images.
        adapted = copy.deepcopy(network).train()
        with torch.no_grad():
            for _ in range(30):
                adapted.features(images[unlabelled])
        history = pretrain(network, images[unlabelled], torch.Generator().manual_seed(seed))
        assert history[-1] < 0.9 * min(history[0], guessing)
        gains.append(np.subtract(worth(network), np.maximum(before, worth(adapted))))
    assert np.mean(gains, axis=0).min() > gain  # by both judges
    assert np.mean(gains, axis=1).min() > 0  # with every seed
