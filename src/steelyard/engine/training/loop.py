"""The training loop: executes the slots of a Recipe that say how a network is trained."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from steelyard.core.recipe import Recipe
from steelyard.engine.training import processes
from steelyard.engine.training.checkpoints import read_checkpoint
from steelyard.engine.training.examples import Examples
from steelyard.engine.training.phases import phases_of
from steelyard.engine.training.run import Run, Tell
from steelyard.engine.training.schemes import finished, prepared
from steelyard.engine.training.trained import TrainedNetwork, network_of


def train(
    recipe: Recipe,
    X: NDArray[Any],
    target: NDArray[np.int64],
    n_classes: int,
    *,
    row_weight: NDArray[np.floating[Any]] | None = None,
    random_state: int = 0,
    checkpoint: Path | None = None,
    tell: Tell = lambda text: None,
) -> TrainedNetwork:
    """Train a network as ``recipe`` says; the same seed gives the same network.

    Under `processes` all of them train as one: each sees its share of every batch.

    Parameters
    ----------
    X : (N, H, W, 3) uint8 images, read at the network's size, or (N, D) features.
    target : (N,) class indices.
    row_weight : (N,) weights of the rows in the loss, scaled inside to mean 1.
    checkpoint : file that holds the state after every epoch; a killed run goes on from it, bit
        for bit. It is removed at the end.
    tell : called with one line an epoch, and when the memory asks for smaller parts.

    Raises
    ------
    UserError
        E141 when a single row does not fit into memory; E161 for a model of the user's that fails.
    """
    trained = network_of(recipe, X.shape, n_classes, random_state)
    examples = Examples.of(X, target, n_classes, side=trained.side, weight=row_weight)
    return train_on(
        recipe, examples, X.shape, random_state=random_state, checkpoint=checkpoint, tell=tell
    )


def train_on(
    recipe: Recipe,
    examples: Examples,
    shape: tuple[int, ...],
    *,
    random_state: int = 0,
    checkpoint: Path | None = None,
    tell: Tell = lambda text: None,
) -> TrainedNetwork:
    """`train` on rows that are at the network's size already; ``shape`` is that of the data."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        trained = network_of(recipe, shape, examples.n_classes, random_state)
        state = read_checkpoint(checkpoint) if checkpoint else None
        if state is None:
            prepared(recipe, trained, examples, random_state)
        run = Run(recipe, trained, examples, random_state, tell)
        phases = phases_of(recipe)
        for number, phase in enumerate(phases):
            epochs = phase.epochs(run.n_epochs)
            run.epoch = max(run.epoch, epochs.start)
            run.enter(phase, number, phases)
            if state and state["epoch"] > epochs.stop:
                run.epoch = epochs.stop
            elif state and state["epoch"] > epochs.start:
                run.load(state)
            while not run.early.stops and run.epoch in epochs:
                run.run_epoch()
                run.take_stock(checkpoint)
        finished(run)
    if checkpoint and processes.rank() == 0:
        checkpoint.unlink(missing_ok=True)
    return trained
