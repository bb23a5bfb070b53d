"""A long tail of 8 x 8 digits and a small network, with which the schemes show that they learn."""

from collections.abc import Callable

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from steelyard.kit.samplers import ClassSampler, ShuffledSampler

N_CLASSES = 10
META_ROWS = 4  # trusted rows a class
IR = 50


class Tail:
    """Digits with 120 rows of the largest class and 2 of the smallest, which is which drawn.

    ``noise`` is the share of training labels replaced by another class. The trusted rows, 4 a
    class, are rightly labelled; all other rows are the test.
    """

    def __init__(self, seed: int, noise: float = 0.0, head: int = 120, ratio: float = IR):
        X, y = load_digits(return_X_y=True)
        rng = np.random.default_rng(seed)
        y = rng.permutation(N_CLASSES)[y]
        rare = np.arange(N_CLASSES) / (N_CLASSES - 1)
        sizes = np.maximum(np.round(head * ratio**-rare).astype(int), 2)
        mixed = [rng.permutation(np.flatnonzero(y == k)) for k in range(N_CLASSES)]
        meta = np.concatenate([rows[:META_ROWS] for rows in mixed])
        train = np.concatenate([r[META_ROWS : META_ROWS + n] for r, n in zip(mixed, sizes)])
        rest = np.setdiff1d(np.arange(y.size), np.concatenate([meta, train]))
        labels = y[train].copy()
        wrong = rng.random(train.size) < noise
        labels[wrong] = (labels[wrong] + rng.integers(1, N_CLASSES, wrong.sum())) % N_CLASSES
        pixels = torch.from_numpy(X / 16).float()
        self.seed = seed
        self.images, self.target = pixels[train], torch.from_numpy(labels)
        self.meta_images, self.meta_target = pixels[meta], torch.from_numpy(y[meta])
        self.test_images, self.test_target = pixels[rest], torch.from_numpy(y[rest])
        self.counts = np.bincount(labels, minlength=N_CLASSES)

    def balanced_accuracy(self, network: nn.Module) -> float:
        """Mean recall on the test rows, the network in evaluation."""
        network.eval()
        with torch.no_grad():
            right = (network(self.test_images).argmax(1) == self.test_target).numpy()
        found = np.bincount(self.test_target, weights=right, minlength=N_CLASSES)
        return float((found / np.bincount(self.test_target, minlength=N_CLASSES)).mean())


def small_network(seed: int, hidden: int = 64, n_classes: int = N_CLASSES) -> nn.Sequential:
    """64 pixels, one hidden layer with batch norm, ten classes; the head is the last module."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(64, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, n_classes)
    )


def train(
    tail: Tail,
    network: nn.Module,
    loss: Callable[..., torch.Tensor] | None = None,
    *,
    epochs: int = 40,
    learning_rate: float = 0.1,
    parameters: list[nn.Parameter] | None = None,
    sampler: ClassSampler | None = None,
    decay: float = 5e-4,
) -> nn.Module:
    """Momentum SGD in batches of 64, the rate a tenth for the last fifth of the run.

    ``loss(rows, progress)`` of a batch; None is cross-entropy.
    """

    def plain(rows: torch.Tensor, progress: float) -> torch.Tensor:
        return F.cross_entropy(network(tail.images[rows]), tail.target[rows])

    optimizer = torch.optim.SGD(
        parameters or network.parameters(), learning_rate, momentum=0.9, weight_decay=decay
    )
    sampler = sampler or ShuffledSampler(len(tail.target), random_state=tail.seed)
    for epoch in range(epochs):
        network.train()
        sampler.set_epoch(epoch)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * (0.1 if epoch >= 0.8 * epochs else 1)
        for rows in torch.tensor(list(sampler)).split(64):
            if len(rows) > 1:  # batch norm needs two
                value = (loss or plain)(rows, epoch / epochs)
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
    return network


def paired(ours: list[float], theirs: list[float]) -> tuple[float, float]:
    """Mean gain of the pairs in points, and its t."""
    gains = 100 * (np.array(ours) - np.array(theirs))
    return float(gains.mean()), float(gains.mean() / (gains.std(ddof=1) / np.sqrt(gains.size)))
