"""The common recipe: learning rate and length of plain cross-entropy, on training rows alone."""

import tempfile
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from long_tail.contestants import Part
from long_tail.trainings import out_of_fold, prepared_rows, tail_of
from steelyard.kit.metrics import balanced_accuracy, log_loss

RATES, EPOCHS = (0.02, 0.05, 0.1), (30, 60, 120)
RATIO = 50


def settle(part: Part, seeds: int, cifar: Path) -> None:
    """Print how plain cross-entropy does on held-out training rows for every rate and length.

    Out of fold, five folds; the test rows take no part.
    """
    print(f"{'rate':>6}{'epochs':>8}{'log loss':>10}{'balanced':>10}")
    for rate, epochs in product(RATES, EPOCHS):
        optim = part.base.optim.but(learning_rate=rate, epochs=epochs)
        found = []
        for seed in range(seeds):
            tail = tail_of(part.data, RATIO, seed, cifar)
            with tempfile.TemporaryDirectory() as folder:
                prepared = prepared_rows(tail, Path(folder))
                proba = out_of_fold(replace(part.base, optim=optim), prepared, seed)
            decided = proba.argmax(1)
            loss = log_loss(tail.target, proba)
            found.append((loss, balanced_accuracy(tail.target, decided)))
        loss, balanced = np.mean(found, axis=0)
        print(f"{rate:6}{epochs:8}{loss:10.3f}{balanced:10.3f}", flush=True)
