"""An epoch of the training loop beside a loop written out by hand, taking turns, and the ratio.

python benchmarks/engine.py [--rows 2000] [--repeats 7]
"""

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time

import numpy as np
import torch
from torch import nn

from steelyard.core.recipe import Recipe, Step
from steelyard.engine.augmentation import augment
from steelyard.engine.devices import pick_device
from steelyard.engine.training.examples import Examples
from steelyard.engine.training.run import Run
from steelyard.engine.training.trained import network_of

GOAL = 1.05
BATCH, RATE = 64, 0.05
CLASSES = 10
NETWORKS = {"resnet-8": {}, "small-cnn": {"width": 8}, "mlp": {"hidden": [32]}}


def rows_of(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise (n, 32, 32, 3) and classes (n,): what is learnt does not change the time."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8), rng.integers(0, CLASSES, n)


def engine(recipe: Recipe, X: np.ndarray, target: np.ndarray) -> Callable[[], None]:
    """The epoch of `steelyard.engine.training`; each call is the same one."""
    trained = network_of(recipe, X.shape, CLASSES, 0)
    examples = Examples.of(X, target, CLASSES, side=trained.side)
    run = Run(trained, examples, 0, lambda text: None)
    run.enter(0)

    def epoch() -> None:
        run.epoch = 1
        run.run_epoch()

    return epoch


def bare(recipe: Recipe, X: np.ndarray, target: np.ndarray) -> Callable[[], None]:
    """The same work by hand: network, augmentation, row weights, optimiser, schedule, precision."""
    trained, device = network_of(recipe, X.shape, CLASSES, 0), pick_device()
    rows = torch.from_numpy(X).movedim(3, 1).contiguous()
    labels, weights_of_rows = torch.from_numpy(target), torch.ones(len(X))
    network = trained.module.to(device.kind, memory_format=torch.channels_last)
    norms = [p for p in network.parameters() if p.ndim == 1]
    weights = [p for p in network.parameters() if p.ndim > 1]
    groups = [{"params": weights, "weight_decay": 5e-4}, {"params": norms}]
    optimiser = torch.optim.SGD(groups, RATE, momentum=0.9, nesterov=True)
    generator = torch.Generator().manual_seed(0)
    n_steps = -(-len(rows) // BATCH)

    def epoch() -> None:
        network.train()
        for step, some in enumerate(torch.randperm(len(rows)).tensor_split(n_steps)):
            share = (1 + np.cos(np.pi * (1 + step / n_steps) / 100)) / 2
            for group in optimiser.param_groups:
                group["lr"] = RATE * share
            images = augment(rows[some], recipe.augment.name, generator)
            images = trained.normalise(images).to(device.kind)
            images = images.contiguous(memory_format=torch.channels_last)
            optimiser.zero_grad()
            with device.autocast():
                logits = network(images)
            answers, weight = labels[some].to(device.kind), weights_of_rows[some].to(device.kind)
            losses = nn.functional.cross_entropy(logits.float(), answers, reduction="none")
            (weight * losses).mean().backward()
            optimiser.step()

    return epoch


def seconds(job: Callable[[], None]) -> float:
    """Of the clock with a GPU, else of the processor: others may be using it too."""
    clock = perf_counter if torch.cuda.is_available() else process_time
    start = clock()
    job()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return clock() - start


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args(arguments)

    # One big array freed: from now on the C library keeps what is freed, as it does in any longer
    # training, and neither loop waits for fresh pages.
    activations = torch.zeros(2**22)
    del activations
    X, target = rows_of(args.rows)
    print(f"an epoch of {args.rows} images of 32 px in batches of {BATCH}, {args.repeats} turns")
    print(f"{'network':14}{'engine ms':>12}{'by hand ms':>12}{'ratio':>8}  goal {GOAL}")
    for name, settings in NETWORKS.items():
        recipe = Recipe(
            Step(name, settings),
            augment=Step("flip-shift"),
            optim=Step(
                "sgd", {"learning_rate": RATE, "epochs": 100, "batch_size": BATCH, "l2": 5e-4}
            ),
        )
        jobs = engine(recipe, X, target), bare(recipe, X, target)
        turns = []
        for turn in range(args.repeats + 1):
            first = turn % 2  # each begins every other turn
            both = {i: seconds(jobs[i]) for i in (first, 1 - first)}
            turns.append((both[0], both[1]))
        ours, theirs = map(median, zip(*turns[1:], strict=True))  # the first turn warms up
        # Of each turn: a busy moment of the machine hits both in it.
        ratio = median(one / other for one, other in turns[1:])
        says = "" if ratio <= GOAL else "  slower"
        print(f"{name:14}{ours * 1e3:12.1f}{theirs * 1e3:12.1f}{ratio:8.3f}{says}")


if __name__ == "__main__":
    main()
