"""Samplers beside torch's own, in one process: seconds to draw and hand out an epoch.

python benchmarks/samplers.py [--rows 1000000] [--classes 100] [--repeats 5]
"""

import argparse
from collections.abc import Callable, Iterable
from time import perf_counter

import numpy as np
import torch
from torch.utils.data import BatchSampler, DistributedSampler, RandomSampler, WeightedRandomSampler

from steelyard.kit import samplers as ours

BATCH_SIZE = 256


def long_tail(rows: int, classes: int, seed: int = 0) -> np.ndarray:
    """``target (N,)`` at 100:1 in which every class has rows."""
    rng = np.random.default_rng(seed)
    prior = np.geomspace(1.0, 0.01, classes)
    target = rng.choice(classes, size=rows, p=prior / prior.sum())
    target[:classes] = np.arange(classes)
    return target


def pairs(target: np.ndarray) -> dict[str, tuple[Iterable, Iterable]]:
    """Ours and the peer's, which draw by the same law; the guard's peer guards nothing."""
    rows = target.size
    weights = 1 / np.bincount(target)[target]
    peer = WeightedRandomSampler(torch.from_numpy(weights), rows)
    rare = np.argsort(np.bincount(target))[:20].tolist()
    guard = ours.RareClassGuard(ours.ShuffledSampler(rows), target, BATCH_SIZE, rare=rare)
    share = {"rank": 1, "world_size": 2}
    return {
        "rows by weight": (ours.WeightedSampler(weights), peer),
        "class-balanced": (ours.ClassBalancedSampler(target), peer),
        "  from decks": (ours.ClassBalancedSampler(target, replacement=False), peer),
        "  rank 1 of 2": (ours.ClassBalancedSampler(target, **share), peer),
        "shuffle, rank 1 of 2": (
            ours.ShuffledSampler(rows, **share),
            DistributedSampler(range(rows), num_replicas=2, rank=1),
        ),
        "batches, rare guarded": (
            guard,
            BatchSampler(RandomSampler(range(rows)), BATCH_SIZE, drop_last=False),
        ),
    }


def best_times(jobs: tuple[Callable[[], object], ...], repeats: int) -> list[float]:
    """The shortest run of each, in turns: a busy machine slows both sides alike."""
    seconds = np.empty((repeats, len(jobs)))
    for turn in seconds:
        for j, job in enumerate(jobs):
            start = perf_counter()
            job()
            turn[j] = perf_counter() - start
    return seconds.min(axis=0).tolist()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)

    print(f"{args.rows} rows, {args.classes} classes, best of {args.repeats}, seconds")
    print(f"{'':24}{'draw':>10}{'epoch':>10}{'torch':>10}{'ratio':>8}")
    for name, (sampler, peer) in pairs(long_tail(args.rows, args.classes)).items():
        jobs = (lambda s=sampler: s.order(0), lambda s=sampler: list(s), lambda p=peer: list(p))
        draw, mine, theirs = best_times(jobs, args.repeats)
        print(f"{name:24}{draw:10.4f}{mine:10.4f}{theirs:10.4f}{theirs / mine:7.2f}x")


if __name__ == "__main__":
    main()
