"""The training loop: executes the slots of a Recipe that say how a network is trained."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from steelyard.core.recipe import Recipe
from steelyard.engine.training import processes
from steelyard.engine.training.checkpoints import read_checkpoint, write_checkpoint
from steelyard.engine.training.examples import Examples
from steelyard.engine.training.run import Run, Tell
from steelyard.engine.training.schemes import prepared
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
        for bit. One of another run, or damaged, counts for nothing. It is removed at the end. All
        processes read it, the first one writes it.
    tell : called with one line an epoch, and when the memory asks for smaller parts.

    Raises
    ------
    UserError
        E141 when a single row does not fit into memory; E161 for a model of the user's that fails.
    ValueError
        A name in a slot that is unknown, or two slots that do not go together.
    """
    trained = network_of(recipe, X.shape, n_classes, random_state)
    examples = Examples.of(X, target, n_classes, side=trained.side, weight=row_weight)
    return train_on(trained, examples, random_state, checkpoint=checkpoint, tell=tell)


def train_on(
    trained: TrainedNetwork,
    examples: Examples,
    random_state: int = 0,
    *,
    checkpoint: Path | None = None,
    tell: Tell = lambda text: None,
) -> TrainedNetwork:
    """`train` of a new network by its own recipe, on rows that are at its size already."""
    fingerprint = [trained.recipe.fit_key, random_state, examples.fingerprint, torch.__version__]

    def write(state: dict[str, Any]) -> None:
        if checkpoint and processes.rank() == 0:
            write_checkpoint(checkpoint, {"of": fingerprint, **state})

    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        state = read_checkpoint(checkpoint) if checkpoint else None
        state = state if state and state["of"] == fingerprint else None
        run = Run(trained, examples, random_state, tell)
        if state is None:
            prepared(trained, run.examples, random_state)
        for number, phase in enumerate(run.phases):
            run.enter(number)
            if state and state["phase"] > number:
                continue
            if state and state["phase"] == number:
                run.load(state)
            while run.epoch in phase.epochs(run.n_epochs) and not run.early.stops:
                run.run_epoch()
                run.take_stock(write)
        run.finish()
    if checkpoint and processes.rank() == 0:
        checkpoint.unlink(missing_ok=True)
    return trained
